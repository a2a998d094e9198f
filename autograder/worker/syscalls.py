"""System calls that a student's process is refused, with their numbers on both machines and why.

In: nothing. Out: tables, by name: (x86-64, 64-bit ARM); None where the machine has no such call.
Covers: Linux up to 6.10, whose last call is `NEWEST`; `seccomp` refuses everything that came later.
Does not: list what is allowed: files, memory, threads, clocks and signals to oneself stay as they are.
"""

Numbers = dict[str, tuple[int | None, int | None]]

MACHINES = ("x86_64", "aarch64")
NEWEST = 462
"""mseal; from 424 on all machines share their numbers."""

PROCESSES: Numbers = {
    # a process that outlives, replaces or multiplies the student's; threads go through clone, see ARGUMENTS
    "fork": (57, None), "vfork": (58, None), "execve": (59, 221), "execveat": (322, 281),
    # another process's memory, descriptors, signals, limits
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "kcmp": (312, 272),
    "pidfd_getfd": (438, 438), "pidfd_open": (434, 434), "pidfd_send_signal": (424, 424),
    "process_madvise": (440, 440), "process_mrelease": (448, 448), "tkill": (200, 130),
    "setrlimit": (160, 164), "setpriority": (141, 140), "ioprio_set": (251, 30),
    "migrate_pages": (256, 238), "move_pages": (279, 239), "personality": (135, 92),
}  # fmt: skip
CHANNELS: Numbers = {
    # anything that another process could be at the other end of
    "socket": (41, 198), "socketpair": (53, 199), "connect": (42, 203), "bind": (49, 200), "listen": (50, 201),
    "accept": (43, 202), "accept4": (288, 242), "sendto": (44, 206), "recvfrom": (45, 207), "sendmsg": (46, 211),
    "recvmsg": (47, 212), "sendmmsg": (307, 269), "recvmmsg": (299, 243),
    "mq_open": (240, 180), "mq_unlink": (241, 181), "mq_timedsend": (242, 182), "mq_timedreceive": (243, 183),
    "mq_notify": (244, 184), "mq_getsetattr": (245, 185),
    "shmget": (29, 194), "shmat": (30, 196), "shmctl": (31, 195), "shmdt": (67, 197),
    "msgget": (68, 186), "msgsnd": (69, 189), "msgrcv": (70, 188), "msgctl": (71, 187),
    "semget": (64, 190), "semop": (65, 193), "semctl": (66, 191), "semtimedop": (220, 192),
    # memory that no limit counts
    "memfd_create": (319, 279), "memfd_secret": (447, 447),
}  # fmt: skip
KERNEL: Numbers = {
    # namespaces and mounts, the way out of the private root
    "unshare": (272, 97), "setns": (308, 268), "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41),
    "chroot": (161, 51), "open_tree": (428, 428), "move_mount": (429, 429), "fsopen": (430, 430),
    "fsconfig": (431, 431), "fsmount": (432, 432), "fspick": (433, 433), "mount_setattr": (442, 442),
    "statmount": (457, 457), "listmount": (458, 458), "lsm_set_self_attr": (460, 460),
    "open_by_handle_at": (304, 265), "name_to_handle_at": (303, 264), "mknod": (133, None), "mknodat": (259, 33),
    # parts of the kernel with a history of holes, and of no use to a lab
    "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282), "vmsplice": (278, 75),
    "io_setup": (206, 0), "io_submit": (209, 2), "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426), "io_uring_register": (427, 427),
    "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219), "modify_ldt": (154, None),
    "fanotify_init": (300, 262), "fanotify_mark": (301, 263), "inotify_init": (253, None),
    "inotify_init1": (294, 26), "inotify_add_watch": (254, 27), "lookup_dcookie": (212, 18),
    "uselib": (134, None), "ustat": (136, None), "sysfs": (139, None), "nfsservctl": (180, 42),
    # the machine's own switches
    "reboot": (169, 142), "swapon": (167, 224), "swapoff": (168, 225), "acct": (163, 89), "syslog": (103, 116),
    "init_module": (175, 105), "finit_module": (313, 273), "delete_module": (176, 106),
    "kexec_load": (246, 104), "kexec_file_load": (320, 294), "quotactl": (179, 60), "quotactl_fd": (443, 443),
    "settimeofday": (164, 170), "clock_settime": (227, 112), "adjtimex": (159, 171), "clock_adjtime": (305, 266),
    "sethostname": (170, 161), "setdomainname": (171, 162), "iopl": (172, None), "ioperm": (173, None),
    "vhangup": (153, 58), "sync": (162, 81), "syncfs": (306, 267),
}  # fmt: skip
DENIED: Numbers = {**PROCESSES, **CHANNELS, **KERNEL}
"""Refused with EPERM at every level."""
ABSENT: Numbers = {"clone3": (435, 435), "openat2": (437, 437)}
"""Their arguments lie in memory that a filter cannot read: ENOSYS, and the C library takes the older call."""
LABELS: Numbers = {
    # Landlock leaves these to file ownership, and without namespaces the student's files and ours have one owner
    "chmod": (90, None), "fchmod": (91, 52), "fchmodat": (268, 53), "fchmodat2": (452, 452),
    "utime": (132, None), "utimes": (235, None), "utimensat": (280, 88), "futimesat": (261, None),
}  # fmt: skip
"""Done as far as the caller can tell, and without effect, at the level `landlock`: copying a file asks for them."""
OWNERS: Numbers = {
    "chown": (92, None), "fchown": (93, 55), "lchown": (94, None), "fchownat": (260, 54), "truncate": (76, 45),
    "setxattr": (188, 5), "lsetxattr": (189, 6), "fsetxattr": (190, 7),
    "removexattr": (197, 14), "lremovexattr": (198, 15), "fremovexattr": (199, 16),
}  # fmt: skip
"""Refused with EPERM at the level `landlock`, for the same reason."""
ARGUMENTS: Numbers = {
    "clone": (56, 220), "kill": (62, 129), "tgkill": (234, 131), "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240), "sched_setaffinity": (203, 122), "sched_setscheduler": (144, 119),
    "sched_setparam": (142, 118), "sched_setattr": (314, 274), "prlimit64": (302, 261), "prctl": (157, 167),
    "fcntl": (72, 25), "ioctl": (16, 29), "open": (2, None), "openat": (257, 56),
}  # fmt: skip
"""Allowed or refused by their arguments."""


def number(table: Numbers, name: str, machine: str) -> int | None:
    """A call's number on that machine."""
    return table[name][MACHINES.index(machine)]
