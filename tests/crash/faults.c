/* A disk, a machine and a clock that fail when they are told to: preloaded into the program under test, between it and
 * the C library. It counts the operations on the files below FAULTS_DIRECTORY, and has the one that it was told to meet
 * a fault: the process is killed before, after or in the middle of it, the power fails, or the disk says no.
 *
 * Told by FAULTS_CONTROL, a file that the test and the program share as memory; the layout is `struct control` in
 * `faults.h`. Everything is asked of the kernel directly, so that nothing here comes back to itself. */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "faults.h"

enum operation { CREATE, OPEN_TO_WRITE, WRITE, SHRINK, GROW, SYNC, NAME, MODE, READ };

struct control *control;
static const char *directory;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("FAULTS_CONTROL");
    directory = getenv("FAULTS_DIRECTORY");
    if (!path || !directory) return;
    int fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0);
    if (fd < 0) return;
    void *shared = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    syscall(SYS_close, fd);
    if (shared != MAP_FAILED) control = shared;
}

/* ---- which operation it is, and what happens to it */

static int can_happen(enum operation operation) {
    switch (control->kind) {
    case IO_ERROR: return 1;
    case FULL: return operation == CREATE || operation == WRITE || operation == GROW;
    case READ_ONLY: return operation != READ && operation != SYNC;
    case TORN: return operation == WRITE;
    default: return operation != READ && operation != OPEN_TO_WRITE;
    }
}

static void die(void) {
    syscall(SYS_kill, syscall(SYS_getpid), SIGKILL);
    for (;;) pause();
}

/* An operation on the file of this path begins. Gives the error that it is to fail with, or 0. */
static int met(enum operation operation, const char *path) {
    static const char *const names[] = {"create", "open", "write", "shrink", "grow", "sync", "name", "mode", "read"};
    if (!can_happen(operation)) return 0;
    int64_t number = __atomic_add_fetch(&control->operations, 1, __ATOMIC_SEQ_CST);
    if (!control->at || number < control->at || (number > control->at && !control->lasts)) return 0;
    if (__atomic_add_fetch(&control->met, 1, __ATOMIC_SEQ_CST) == 1)
        snprintf(control->what, sizeof control->what, "%s %s", names[operation], path + strlen(directory));
    switch (control->kind) {
    case KILL_BEFORE: die(); return 0;
    case IO_ERROR: return EIO;
    case FULL: return ENOSPC;
    case READ_ONLY: return EROFS;
    default: return -1; /* the operation itself sees to it */
    }
}

static int is_ours(const char *path) {
    return control && path && !strncmp(path, directory, strlen(directory));
}

static int is_open(int fd, char path[200]) {
    char link[40];
    int error = errno;
    if (!control) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = syscall(SYS_readlinkat, AT_FDCWD, link, path, 199);
    errno = error;
    if (length < 0) return 0;
    path[length] = 0;
    return is_ours(path);
}

/* What is to happen after, or instead of, an operation that was met. */
static void after(int fault) {
    if (fault != -1) return;
    if (keeps_changes()) lose_what_was_not_synced();
    die();
}

#define FAIL_IF(fault) do { if ((fault) > 0) { errno = (fault); return -1; } } while (0)

static ssize_t put(int fd, const void *bytes, size_t length, off_t offset, int is_at) {
    char path[200];
    if (!is_open(fd, path))
        return is_at ? syscall(SYS_pwrite64, fd, bytes, length, offset) : syscall(SYS_write, fd, bytes, length);
    if (!is_at) offset = syscall(SYS_lseek, fd, 0, SEEK_CUR);
    pthread_mutex_lock(&lock);
    int fault = met(WRITE, path);
    if (fault <= 0 && keeps_changes()) change(fd, path, offset, bytes, length);
    ssize_t done = -1;
    if (fault <= 0) {
        size_t some = fault && control->kind == TORN ? length / 2 : length;
        done = is_at ? syscall(SYS_pwrite64, fd, bytes, some, offset) : syscall(SYS_write, fd, bytes, some);
    }
    after(fault);
    pthread_mutex_unlock(&lock);
    FAIL_IF(fault);
    return done;
}

static ssize_t get(int fd, void *bytes, size_t length, off_t offset, int is_at) {
    char path[200];
    if (is_open(fd, path)) FAIL_IF(met(READ, path));
    return is_at ? syscall(SYS_pread64, fd, bytes, length, offset) : syscall(SYS_read, fd, bytes, length);
}

static int resize(int fd, off_t length) {
    char path[200];
    struct stat status;
    if (!is_open(fd, path)) return (int)syscall(SYS_ftruncate, fd, length);
    pthread_mutex_lock(&lock);
    int fault = met(!fstat(fd, &status) && status.st_size < length ? GROW : SHRINK, path);
    if (fault <= 0 && keeps_changes()) change(fd, path, -1, NULL, (size_t)length);
    int done = fault <= 0 ? (int)syscall(SYS_ftruncate, fd, length) : -1;
    after(fault);
    pthread_mutex_unlock(&lock);
    FAIL_IF(fault);
    return done;
}

static int sync_by(long call, int fd) {
    char path[200];
    if (!is_open(fd, path)) return (int)syscall(call, fd);
    pthread_mutex_lock(&lock);
    int fault = met(SYNC, path);
    if (!fault && keeps_changes()) synced(fd);
    int done = fault <= 0 && !control->lies ? (int)syscall(call, fd) : 0;
    after(fault);
    pthread_mutex_unlock(&lock);
    FAIL_IF(fault);
    return done;
}

static int open_by(int at, const char *path, int flags, mode_t mode) {
    if (at == AT_FDCWD && is_ours(path) && (flags & (O_ACCMODE | O_CREAT))) {
        int is_new = (flags & O_CREAT) && syscall(SYS_faccessat, AT_FDCWD, path, F_OK);
        int fault = met(is_new ? CREATE : OPEN_TO_WRITE, path);
        FAIL_IF(fault);
        int fd = (int)syscall(SYS_openat, at, path, flags, mode);
        after(fault);
        return fd;
    }
    return (int)syscall(SYS_openat, at, path, flags, mode);
}

static int name_by(enum operation operation, const char *path, long call, long one, long two, long three) {
    int fault = is_ours(path) ? met(operation, path) : 0;
    FAIL_IF(fault);
    int done = (int)syscall(call, one, two, three);
    after(fault);
    return done;
}

/* ---- the C library's names */

#define MODE_OF(flags) \
    mode_t mode = 0; \
    if ((flags) & O_CREAT) { \
        va_list list; \
        va_start(list, flags); \
        mode = va_arg(list, mode_t); \
        va_end(list); \
    }

int open(const char *path, int flags, ...) { MODE_OF(flags) return open_by(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE_OF(flags) return open_by(AT_FDCWD, path, flags, mode); }
int openat(int at, const char *path, int flags, ...) { MODE_OF(flags) return open_by(at, path, flags, mode); }
int openat64(int at, const char *path, int flags, ...) { MODE_OF(flags) return open_by(at, path, flags, mode); }

ssize_t write(int fd, const void *bytes, size_t length) { return put(fd, bytes, length, 0, 0); }
ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) { return put(fd, bytes, length, offset, 1); }
ssize_t pwrite64(int fd, const void *bytes, size_t length, off_t offset) { return put(fd, bytes, length, offset, 1); }
ssize_t read(int fd, void *bytes, size_t length) { return get(fd, bytes, length, 0, 0); }
ssize_t pread(int fd, void *bytes, size_t length, off_t offset) { return get(fd, bytes, length, offset, 1); }
ssize_t pread64(int fd, void *bytes, size_t length, off_t offset) { return get(fd, bytes, length, offset, 1); }
int ftruncate(int fd, off_t length) { return resize(fd, length); }
int ftruncate64(int fd, off_t length) { return resize(fd, length); }
int fsync(int fd) { return sync_by(SYS_fsync, fd); }
int fdatasync(int fd) { return sync_by(SYS_fdatasync, fd); }

int unlink(const char *path) { return name_by(NAME, path, SYS_unlinkat, AT_FDCWD, (long)path, 0); }
int rmdir(const char *path) { return name_by(NAME, path, SYS_unlinkat, AT_FDCWD, (long)path, AT_REMOVEDIR); }
int mkdir(const char *path, mode_t mode) { return name_by(CREATE, path, SYS_mkdirat, AT_FDCWD, (long)path, mode); }
int chmod(const char *path, mode_t mode) { return name_by(MODE, path, SYS_fchmodat, AT_FDCWD, (long)path, mode); }

int rename(const char *from, const char *to) {
    int fault = is_ours(to) ? met(NAME, to) : 0;
    FAIL_IF(fault);
    int done = (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
    after(fault);
    return done;
}

int fchmod(int fd, mode_t mode) {
    char path[200];
    int fault = is_open(fd, path) ? met(MODE, path) : 0;
    FAIL_IF(fault);
    int done = (int)syscall(SYS_fchmod, fd, mode);
    after(fault);
    return done;
}

int clock_gettime(clockid_t clock, struct timespec *time) {
    int done = (int)syscall(SYS_clock_gettime, clock, time);
    if (!done && control && clock == CLOCK_REALTIME) time->tv_sec += control->clock_offset;
    return done;
}
