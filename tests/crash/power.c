/* What was written and not yet synced: a power cut loses it, or some of it. Each file's contents when it was last synced are
 * kept, and every change since. */

#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "faults.h"

struct change {
    struct change *next;
    off_t offset; /* -1: the file was cut, or made longer, to `length` */
    size_t length;
    char bytes[];
};

struct file {
    struct file *next;
    dev_t device;
    ino_t inode;
    char path[200];
    char *image; /* as it was when it was last synced */
    size_t size;
    struct change *changes, **end;
};

static struct file *files;

int keeps_changes(void) { return control->kind == POWER || control->kind == POWER_SOME; }

/* Memory that processes share is a file by name alone, and whoever looks on may have it mapped. */
static int is_memory(const char *path) {
    size_t length = strlen(path);
    return length > 4 && !strcmp(path + length - 4, "-shm");
}

static struct file **find(int fd, struct stat *status) {
    struct file **at = &files;
    if (fstat(fd, status)) return NULL;
    while (*at && ((*at)->device != status->st_dev || (*at)->inode != status->st_ino)) at = &(*at)->next;
    return at;
}

void change(int fd, const char *path, off_t offset, const void *bytes, size_t length) {
    struct stat status;
    struct file **at = is_memory(path) ? NULL : find(fd, &status);
    if (!at) return;
    struct file *file = *at;
    if (!file) {
        file = *at = calloc(1, sizeof *file);
        file->device = status.st_dev;
        file->inode = status.st_ino;
        file->size = (size_t)status.st_size;
        file->image = malloc(file->size + 1);
        file->end = &file->changes;
        snprintf(file->path, sizeof file->path, "%s", path);
        int whole = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
        if (syscall(SYS_pread64, whole, file->image, file->size, 0) != (ssize_t)file->size) file->size = 0;
        syscall(SYS_close, whole);
    }
    size_t kept = offset < 0 ? 0 : length;
    struct change *change = malloc(sizeof *change + kept);
    *change = (struct change){.next = NULL, .offset = offset, .length = length};
    if (kept) memcpy(change->bytes, bytes, kept);
    *file->end = change;
    file->end = &change->next;
}

void synced(int fd) {
    struct stat status;
    struct file **at = find(fd, &status);
    if (!at || !*at || control->lies) return;
    struct file *file = *at;
    *at = file->next;
    while (file->changes) {
        struct change *next = file->changes->next;
        free(file->changes);
        file->changes = next;
    }
    free(file->image);
    free(file);
}

/* A coin that falls the same way each time for the same operation. */
static int survives(void) {
    static uint64_t state;
    if (control->kind == POWER) return 0;
    if (!state) state = (uint64_t)control->at;
    state += 0x9e3779b97f4a7c15;
    uint64_t mixed = (state ^ (state >> 30)) * 0xbf58476d1ce4e5b9;
    return (mixed >> 40) & 1;
}

/* Sector by sector, some of it. */
static void write_some(int fd, const struct change *change) {
    const size_t sector = 512;
    for (size_t done = 0; done < change->length;) {
        size_t piece = sector - (size_t)(change->offset + (off_t)done) % sector;
        if (piece > change->length - done) piece = change->length - done;
        if (survives()) syscall(SYS_pwrite64, fd, change->bytes + done, piece, change->offset + (off_t)done);
        done += piece;
    }
}

void lose_what_was_not_synced(void) {
    for (struct file *file = files; file; file = file->next) {
        struct stat status;
        int fd = (int)syscall(SYS_openat, AT_FDCWD, file->path, O_WRONLY | O_CLOEXEC, 0);
        if (fd < 0) continue;
        if (!fstat(fd, &status) && status.st_ino == file->inode) {
            syscall(SYS_ftruncate, fd, 0);
            syscall(SYS_pwrite64, fd, file->image, file->size, 0);
            for (struct change *change = file->changes; change; change = change->next) {
                if (change->offset >= 0) write_some(fd, change);
                else if (survives()) syscall(SYS_ftruncate, fd, change->length);
            }
        }
        syscall(SYS_close, fd);
    }
}
