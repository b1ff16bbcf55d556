/* What `faults.c` and `power.c` share with each other, and the first struct with the test. */

#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum kind { NONE, KILL_BEFORE, KILL_AFTER, TORN, POWER, POWER_SOME, IO_ERROR, FULL, READ_ONLY };

struct control {
    int64_t clock_offset; /* seconds that the wall clock is ahead of the system's */
    int64_t kind;         /* which fault */
    int64_t at;           /* the operation that meets it, counted from 1; 0 only counts */
    int64_t lasts;        /* 0: that operation alone; 1: all that follow, until it is told otherwise */
    int64_t lies;         /* 1: the disk says that it has written what it has not */
    int64_t operations;   /* so far, of those that this fault can happen to */
    int64_t met;          /* how many met it */
    char what[200];       /* the first that did */
};

extern struct control *control;

/* Whether this fault takes what was written and not synced with it. */
int keeps_changes(void);

/* This file is about to be written there; with the offset -1, to be given that length. */
void change(int fd, const char *path, off_t offset, const void *bytes, size_t length);

/* What was written to this file is on the disk. */
void synced(int fd);

/* The power fails. */
void lose_what_was_not_synced(void);
