"""What runs on the untrusted side of the pipe: the zygote, which has no secrets, and the student's process."""
