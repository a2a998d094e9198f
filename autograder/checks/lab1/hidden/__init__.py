"""The checks that stay with the instructor: the same questions on other inputs."""
