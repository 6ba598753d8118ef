/* The plug: a library that is loaded before libc (LD_PRELOAD) and counts a process's durable system calls.
 *
 * A durable call is one that changes what lies below PLUG_ROOT: a file made, written, cut, synced, renamed, removed.
 * The calls of all threads, and of all processes that share PLUG_COUNTS, have one count. At the call with the number
 * `at` the plug is pulled before the call is made: the process is killed, or the call fails as a bad disk would.
 * With a log each call is written down: its number, its name and its path.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { NOTHING, KILL, FAIL_EIO, FAIL_ENOSPC, SHORT };

/* As tests/faults/plug.py lays it out. */
struct counts {
    atomic_long calls;  /* durable calls so far */
    atomic_long at;     /* the number of the one that is hit; 0: none */
    atomic_long mode;   /* how it is hit */
    atomic_long hit;    /* whether it was */
};

static struct counts *counts;
static char root[PATH_MAX];
static size_t root_length;
static int log_to = -1;

#define REAL(name) \
    static __typeof__(name) *real; \
    if (!real) real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

/* Called through ctypes by whoever wants its calls counted from now on. */
void plug_in(const char *below, const char *file, const char *log_file) {
    int shared = open(file, O_RDWR | O_CLOEXEC);
    void *found = mmap(NULL, sizeof *counts, PROT_READ | PROT_WRITE, MAP_SHARED, shared, 0);
    close(shared);
    if (*log_file) log_to = open(log_file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    root_length = strlen(below);
    memcpy(root, below, root_length + 1);
    if (found != MAP_FAILED) counts = found;
}

static int is_below(const char *path) {
    return !strncmp(path, root, root_length) && (path[root_length] == '/' || !path[root_length]);
}

static const char *path_of(int fd, char *path) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    path[length < 0 ? 0 : length] = 0;
    return path;
}

static const char *path_at(int folder, const char *name, char *path) {
    char parent[PATH_MAX];
    if (*name == '/') snprintf(path, PATH_MAX, "%s", name);
    else if (folder == AT_FDCWD) snprintf(path, PATH_MAX, "%s/%s", getcwd(parent, sizeof parent) ? parent : "", name);
    else snprintf(path, PATH_MAX, "%s/%.255s", path_of(folder, parent), name);
    return path;
}

/* Returns what becomes of the call: NOTHING, or how it fails. A killed process does not return. */
static long struck(const char *call, const char *path) {
    if (!counts || !is_below(path)) return NOTHING;
    /* Only what writes can write half. */
    if (atomic_load(&counts->mode) == SHORT && !strstr(call, "write")) return NOTHING;
    long number = atomic_fetch_add(&counts->calls, 1) + 1;
    if (log_to >= 0) {
        char line[PATH_MAX + 64];
        int length = snprintf(line, sizeof line, "%ld %s %s\n", number, call, path + root_length);
        REAL(write);
        if (real(log_to, line, length) < 0) abort();
    }
    if (number != atomic_load(&counts->at)) return NOTHING;
    atomic_store(&counts->hit, 1);
    long mode = atomic_load(&counts->mode);
    if (mode == KILL) {
        kill(getpid(), SIGKILL);
        for (;;) pause();
    }
    return mode;
}

static int failed(long mode) {
    if (mode == FAIL_EIO || mode == FAIL_ENOSPC) {
        errno = mode == FAIL_EIO ? EIO : ENOSPC;
        return 1;
    }
    return 0;
}

static long hit_fd(const char *call, int fd) {
    int before = errno;
    char path[PATH_MAX];
    long mode = counts ? struck(call, path_of(fd, path)) : NOTHING;
    errno = before;
    return mode;
}

static long hit_at(const char *call, int folder, const char *name) {
    int before = errno;
    char path[PATH_MAX];
    long mode = counts && name ? struck(call, path_at(folder, name, path)) : NOTHING;
    errno = before;
    return mode;
}

static size_t part(long mode, size_t size) { return mode == SHORT && size > 1 ? size / 2 : size; }

ssize_t write(int fd, const void *data, size_t size) {
    REAL(write);
    long mode = hit_fd("write", fd);
    return failed(mode) ? -1 : real(fd, data, part(mode, size));
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t at) {
    REAL(pwrite);
    long mode = hit_fd("pwrite", fd);
    return failed(mode) ? -1 : real(fd, data, part(mode, size), at);
}

ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at) {
    REAL(pwrite64);
    long mode = hit_fd("pwrite", fd);
    return failed(mode) ? -1 : real(fd, data, part(mode, size), at);
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
    REAL(writev);
    long mode = hit_fd("writev", fd);
    return failed(mode) ? -1 : real(fd, parts, mode == SHORT && count > 1 ? count / 2 : count);
}

#define ON_FD(name, declared, passed) \
    int name declared { \
        REAL(name); \
        return failed(hit_fd(#name, fd)) ? -1 : real passed; \
    }
ON_FD(fsync, (int fd), (fd))
ON_FD(fdatasync, (int fd), (fd))
ON_FD(syncfs, (int fd), (fd))
ON_FD(ftruncate, (int fd, off_t size), (fd, size))
ON_FD(ftruncate64, (int fd, off64_t size), (fd, size))
ON_FD(fchmod, (int fd, mode_t mode), (fd, mode))
ON_FD(fchown, (int fd, uid_t user, gid_t group), (fd, user, group))

#define ON_PATH(name, declared, folder, path, passed) \
    int name declared { \
        REAL(name); \
        return failed(hit_at(#name, folder, path)) ? -1 : real passed; \
    }
ON_PATH(rename, (const char *from, const char *to), AT_FDCWD, to, (from, to))
ON_PATH(renameat, (int a, const char *from, int b, const char *to), b, to, (a, from, b, to))
ON_PATH(renameat2, (int a, const char *from, int b, const char *to, unsigned how), b, to, (a, from, b, to, how))
ON_PATH(link, (const char *from, const char *to), AT_FDCWD, to, (from, to))
ON_PATH(linkat, (int a, const char *from, int b, const char *to, int how), b, to, (a, from, b, to, how))
ON_PATH(symlink, (const char *from, const char *to), AT_FDCWD, to, (from, to))
ON_PATH(unlink, (const char *path), AT_FDCWD, path, (path))
ON_PATH(unlinkat, (int folder, const char *path, int how), folder, path, (folder, path, how))
ON_PATH(rmdir, (const char *path), AT_FDCWD, path, (path))
ON_PATH(mkdir, (const char *path, mode_t mode), AT_FDCWD, path, (path, mode))
ON_PATH(mkdirat, (int folder, const char *path, mode_t mode), folder, path, (folder, path, mode))
ON_PATH(truncate, (const char *path, off_t size), AT_FDCWD, path, (path, size))
ON_PATH(chmod, (const char *path, mode_t mode), AT_FDCWD, path, (path, mode))

#define OPENING(name, declared, folder, last, given) \
    int name declared { \
        REAL(name); \
        mode_t mode = 0; \
        if (flags & (O_CREAT | O_TMPFILE)) { \
            va_list more; \
            va_start(more, last); \
            mode = va_arg(more, mode_t); \
            va_end(more); \
        } \
        if ((flags & (O_CREAT | O_TRUNC)) && failed(hit_at("open", folder, path))) return -1; \
        return real given; \
    }
OPENING(open, (const char *path, int flags, ...), AT_FDCWD, flags, (path, flags, mode))
OPENING(open64, (const char *path, int flags, ...), AT_FDCWD, flags, (path, flags, mode))
OPENING(openat, (int folder, const char *path, int flags, ...), folder, flags, (folder, path, flags, mode))
OPENING(openat64, (int folder, const char *path, int flags, ...), folder, flags, (folder, path, flags, mode))
