"""What stands between a student's code and the machine: namespaces, limits, capabilities and a filter of system calls.

Bubblewrap builds the namespaces around a process that does nothing. The process that will run the code joins them,
gives up everything it could do with them, and then is left with computing and with one small folder.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import platform
import resource
import shutil
import struct
import sys
import sysconfig
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from course.paths import PACKAGE, data_dir

ROOM = "/scratch"  # the only place to write to. Not /tmp, which would hide a Python that is installed below it.
READY = b"ready\n"
LATE = {"late": True}  # reported in place of a cell that there is no time for


@dataclass(frozen=True)
class Limits:
    """What one run may use.

    Attributes:
        cell_seconds: Wall time of one cell, in seconds.
        total_seconds: Wall time of all cells together, in seconds.
        memory: Address space of the process, in bytes.
        scratch: Everything in the scratch folder, in bytes.
        file: One file, in bytes.
        files: Files and folders in the scratch folder.
        output: All outputs of the run, in bytes.
        value: One exported value as JSON, in bytes.
    """

    cell_seconds: float = 20
    total_seconds: float = 60
    memory: int = 2_000_000_000
    scratch: int = 100_000_000
    file: int = 50_000_000
    files: int = 10_000
    output: int = 1_000_000
    value: int = 500_000


class WallError(Exception):
    """A wall does not stand; nothing may run."""


# --- outside: bubblewrap -------------------------------------------------------------------------------------------


def arguments(info: int) -> list[str]:
    """Return how bubblewrap is told to build the namespaces around a process that ends with its standard input.

    The process says back what it is told: :data:`READY`, as soon as the walls stand.

    Only libraries, Python's packages, this package and its data are visible inside, read-only. The folder that
    this package stands in is not: in a clone, it holds the keys.

    Args:
        info: File descriptor that the id of the process inside is written to.
    """
    cat = shutil.which("cat", path="/usr/bin:/bin") or "/usr/bin/cat"
    words = ["--unshare-user", "--disable-userns", "--unshare-pid", "--unshare-net", "--unshare-ipc"]
    words += ["--unshare-uts", "--unshare-cgroup", "--hostname", "sandbox", "--uid", "1000", "--gid", "1000"]
    words += ["--cap-drop", "ALL", "--die-with-parent", "--new-session", "--as-pid-1", "--clearenv"]
    for path in _visible(cat):
        if path.is_symlink():
            words += ["--symlink", str(path.readlink()), str(path)]
        else:
            words += ["--ro-bind", str(path), str(path)]
    for device in ("null", "zero", "full", "random", "urandom"):
        words += ["--dev-bind", f"/dev/{device}", f"/dev/{device}"]
    # No /proc: nothing honest needs it. Every other file system that can be written to is made read-only.
    words += ["--tmpfs", ROOM, "--chdir", ROOM, "--remount-ro", "/"]
    return [*words, "--info-fd", str(info), cat]


def _visible(cat: str) -> list[Path]:
    places = {"/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/share/zoneinfo", "/etc/ld.so.cache", cat}
    for prefix in (sys.prefix, sys.base_prefix):
        places |= {f"{prefix}/lib", f"{prefix}/lib64"}
    places |= {path for path in sys.path if Path(path).name in {"site-packages", "dist-packages"}}
    places |= {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    places |= {str(PACKAGE), str(data_dir())}
    found: list[Path] = []
    for path in sorted(Path(place) for place in places if os.path.lexists(place)):
        if not any(path.is_relative_to(above) for above in found):
            found.append(path)
    return found


_NAMESPACES = ("ipc", "uts", "net", "pid", "cgroup", "mnt")
_NS_GET_USERNS = 0xB701


def namespaces(process: int) -> list[int]:
    """Open the namespaces of a process.

    Args:
        process: Id of the process that bubblewrap has started, once it is ready.

    Returns:
        File descriptors for :func:`enter`; the caller closes them.

    Raises:
        OSError: The process has ended, or its namespaces cannot be opened.
    """
    opened: list[int] = []
    try:
        for name in _NAMESPACES:
            opened.append(os.open(f"/proc/{process}/ns/{name}", os.O_RDONLY | os.O_CLOEXEC))
        # Bubblewrap nests two user namespaces: the outer one owns the others, the inner one owns nothing.
        opened.insert(0, fcntl.ioctl(opened[-1], _NS_GET_USERNS))
        os.set_inheritable(opened[0], False)
        opened.append(os.open(f"/proc/{process}/ns/user", os.O_RDONLY | os.O_CLOEXEC))
    except OSError:
        for handle in opened:
            os.close(handle)
        raise
    return opened


# --- inside --------------------------------------------------------------------------------------------------------

_libc = ctypes.CDLL(None, use_errno=True)

_MS_REMOUNT, _MS_NOSUID, _MS_NODEV, _MS_NOEXEC = 32, 2, 4, 8
_PR_SET_DUMPABLE, _PR_CAPBSET_DROP, _PR_SET_NO_NEW_PRIVS, _PR_CAP_AMBIENT = 4, 24, 38, 47
_PR_GET_SECCOMP, _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 21, 22, 2
_CAPABILITY_VERSION_3 = 0x20080522


def enter(handles: Sequence[int], limits: Limits) -> None:
    """Join the namespaces; what this process forks from now on is inside.

    Args:
        handles: What :func:`namespaces` returned.
        limits: What the scratch folder may hold.

    Raises:
        WallError: One of them cannot be joined.
    """
    *owners, inner = handles
    for handle in owners:
        _call("setns", handle, 0)
    options = f"size={limits.scratch},nr_inodes={limits.files + 1}".encode()
    flags = _MS_REMOUNT | _MS_NOSUID | _MS_NODEV | _MS_NOEXEC
    _call("mount", b"tmpfs", ROOM.encode(), b"tmpfs", ctypes.c_ulong(flags), options)
    if os.fstat(inner).st_ino != os.fstat(handles[0]).st_ino:
        _call("setns", inner, 0)


def confine(limits: Limits, *, walls: bool) -> None:
    """Give up every privilege of this process, for good, and limit what it may use.

    Args:
        limits: The limits.
        walls: Whether all of it is required; if not, what the system does not have is left out.

    Raises:
        WallError: A step failed.
    """
    if sys.platform != "linux" or platform.machine() not in _ARCHITECTURES:
        if walls:
            raise WallError(f"there is no filter of system calls for {sys.platform} on {platform.machine()}")
        _limit(limits)
        return
    if walls:
        _drop_capabilities()
    _limit(limits)
    _call("prctl", _PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    _call("prctl", _PR_SET_DUMPABLE, 0, 0, 0, 0)
    program = _filter(platform.machine(), os.getpid())
    code = ctypes.create_string_buffer(program, len(program))
    head = struct.pack("HP", len(program) // 8, ctypes.addressof(code))
    _call("prctl", _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.create_string_buffer(head, len(head)), 0, 0)
    if _libc.prctl(_PR_GET_SECCOMP, 0, 0, 0, 0) != _SECCOMP_MODE_FILTER:
        raise WallError("the filter of system calls is not in force")


def _call(name: str, *arguments: object) -> None:
    converted = [
        ctypes.c_ulong(a) if isinstance(a, int) and name == "prctl" and i else a for i, a in enumerate(arguments)
    ]
    if getattr(_libc, name)(*converted) != 0:
        raise WallError(f"{name} failed ({os.strerror(ctypes.get_errno())})")


def _drop_capabilities() -> None:
    _libc.prctl(_PR_CAP_AMBIENT, ctypes.c_ulong(4), 0, 0, 0)  # 4: clear all
    for number in range(64):
        if _libc.prctl(_PR_CAPBSET_DROP, ctypes.c_ulong(number), 0, 0, 0) != 0:
            if ctypes.get_errno() == errno.EINVAL and number:
                break  # the kernel has no more of them
            raise WallError("a capability cannot be given up")
    head = struct.pack("Ii", _CAPABILITY_VERSION_3, 0)
    nothing = ctypes.create_string_buffer(24)
    _call("capset", head, nothing)
    held = ctypes.create_string_buffer(b"\xff" * 24, 24)
    _call("capget", ctypes.create_string_buffer(head, len(head)), held)
    if any(held.raw):
        raise WallError("capabilities are left")


def _limit(limits: Limits) -> None:
    seconds = int(limits.total_seconds) + 5  # the host's clock comes first; this is for the case that the host is gone
    wanted = {
        "AS": limits.memory,
        "CPU": seconds,
        "FSIZE": limits.file,
        "NOFILE": 128,
        "NPROC": 0,
        "CORE": 0,
        "MEMLOCK": 0,
        "MSGQUEUE": 0,
        "SIGPENDING": 64,
    }
    for name, value in wanted.items():
        number = getattr(resource, f"RLIMIT_{name}", _LINUX_ONLY.get(name) if sys.platform == "linux" else None)
        if number is None:
            continue
        try:
            resource.setrlimit(number, (value, value))
        except (OSError, ValueError) as error:
            if sys.platform == "linux":
                raise WallError(f"the limit {name} cannot be set ({error})") from None


_LINUX_ONLY = {"SIGPENDING": 11, "MSGQUEUE": 12}

# --- the filter of system calls ------------------------------------------------------------------------------------

# name of the architecture -> number that the kernel gives it, place in the pairs below
_ARCHITECTURES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}
_X32 = 0x40000000  # system calls of the x32 way of calling have this bit
_LAST = 451  # newer calls are unknown here, so they do not exist inside

# What is refused: numbers on x86_64 and on aarch64 (None where the call does not exist).
_REFUSED: dict[str, tuple[int | None, int | None]] = {
    # processes and threads: one process with one thread, so that nothing can change anything later
    "fork": (57, None),
    "vfork": (58, None),
    "clone": (56, 220),
    "execve": (59, 221),
    "execveat": (322, 281),
    "setsid": (112, 157),
    "setpgid": (109, 154),
    "kill": (62, 129),
    "tkill": (200, 130),
    "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240),
    # other processes
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "process_madvise": (440, 440),
    "process_mrelease": (448, 448),
    "pidfd_open": (434, 434),
    "pidfd_getfd": (438, 438),
    "pidfd_send_signal": (424, 424),
    "kcmp": (312, 272),
    "move_pages": (279, 239),
    "migrate_pages": (256, 238),
    # namespaces and mounts
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "mount_setattr": (442, 442),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "mknod": (133, None),
    "mknodat": (259, 33),
    # network; a pair of connected sockets, which asyncio needs, is left
    "socket": (41, 198),
    "bind": (49, 200),
    "connect": (42, 203),
    "listen": (50, 201),
    "accept": (43, 202),
    "accept4": (288, 242),
    "sendmsg": (46, 211),
    "sendmmsg": (307, 269),
    "recvmsg": (47, 212),
    "recvmmsg": (299, 243),
    # memory that no limit counts
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "shmget": (29, 194),
    "shmat": (30, 196),
    "shmctl": (31, 195),
    "msgget": (68, 186),
    "semget": (64, 190),
    "mq_open": (240, 180),
    "vmsplice": (278, 75),
    # what has often been a way into the kernel, and what belongs to its owner
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "io_setup": (206, 0),
    "io_submit": (209, 2),
    "fanotify_init": (300, 262),
    "fanotify_mark": (301, 263),
    "inotify_init": (253, None),
    "inotify_init1": (294, 26),
    "mbind": (237, 235),
    "set_mempolicy": (238, 237),
    "set_mempolicy_home_node": (450, 450),
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "personality": (135, 92),
    "modify_ldt": (154, None),
    "iopl": (172, None),
    "ioperm": (173, None),
    "uselib": (134, None),
    "ustat": (136, None),
    "sysfs": (139, None),
    "_sysctl": (156, None),
    "lookup_dcookie": (212, 18),
    "nfsservctl": (180, 42),
    "acct": (163, 89),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "quotactl": (179, 60),
    "quotactl_fd": (443, 443),
    "syslog": (103, 116),
    "reboot": (169, 142),
    "vhangup": (153, 58),
    "settimeofday": (164, 170),
    "clock_settime": (227, 112),
    "adjtimex": (159, 171),
    "clock_adjtime": (305, 266),
    "sethostname": (170, 161),
    "setdomainname": (171, 162),
}
_CLONE3 = (435, 435)  # answered as by an old kernel, so that the C library falls back to clone
_SOCKETPAIR, _TGKILL, _PRLIMIT64 = (53, 199), (234, 131), (302, 261)
_IOCTL, _TIOCSTI = (16, 29), 0x5412

_LOAD, _AND, _EQUAL, _GREATER_EQUAL, _RETURN = 0x20, 0x54, 0x15, 0x35, 0x06
_NUMBER, _ARCHITECTURE, _FIRST, _SECOND = 0, 4, 16, 24  # places in struct seccomp_data
_ALLOW, _KILL = 0x7FFF0000, 0x80000000


def _filter(machine: str, process: int) -> bytes:
    """Return the filter as a program of the kernel's packet filter, 8 bytes an instruction."""
    architecture, place = _ARCHITECTURES[machine]
    refuse, missing = _fail(errno.EPERM), _fail(errno.ENOSYS)
    program = [
        _step(_LOAD, _ARCHITECTURE),
        _step(_EQUAL, architecture, 1, 0),
        _step(_RETURN, _KILL),
        _step(_LOAD, _NUMBER),
        _step(_GREATER_EQUAL, _X32, 0, 1),
        _step(_RETURN, _KILL),
        _step(_GREATER_EQUAL, _LAST + 1, 0, 1),
        missing,
        _step(_EQUAL, _CLONE3[place], 0, 1),
        missing,
    ]
    for pair in _REFUSED.values():
        number = pair[place]
        if number is not None:
            program += [_step(_EQUAL, number, 0, 1), refuse]
    allow = _step(_RETURN, _ALLOW)
    program += [  # signals to this process only, limits of this process only, no typing into a terminal
        *_when(_TGKILL[place], [_step(_LOAD, _FIRST), _step(_EQUAL, process, 1, 0), refuse, allow]),
        *_when(_PRLIMIT64[place], [_step(_LOAD, _FIRST), _step(_EQUAL, 0, 1, 0), refuse, allow]),
        *_when(_IOCTL[place], [_step(_LOAD, _SECOND), _step(_EQUAL, _TIOCSTI, 0, 1), refuse, allow]),
        *_when(
            _SOCKETPAIR[place],
            [  # AF_UNIX is 1, and so is SOCK_STREAM
                _step(_LOAD, _FIRST),
                _step(_EQUAL, 1, 1, 0),
                refuse,
                _step(_LOAD, _SECOND),
                _step(_AND, 0xF),
                _step(_EQUAL, 1, 1, 0),
                refuse,
                allow,
            ],
        ),
        allow,
    ]
    return b"".join(program)


def _step(code: int, value: int, hit: int = 0, miss: int = 0) -> bytes:
    return struct.pack("HBBI", code, hit, miss, value)


def _fail(number: int) -> bytes:
    return _step(_RETURN, 0x00050000 | number)


def _when(number: int, steps: list[bytes]) -> list[bytes]:
    return [_step(_EQUAL, number, 0, len(steps)), *steps]
