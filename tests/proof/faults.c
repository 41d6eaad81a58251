/* Loaded before the C library: makes writing to files below FAULT_FOLDER fail as told.

   FAULT_CONTROL names a file of 16 bytes, mapped here: four 32-bit numbers,
     0  the error that writes end with (ENOSPC), 0 for none
     1  how many writes succeed before that
     2  the error that fsync and fdatasync end with (EIO), 0 for none
     3  how many of them succeed before that
   Both counts are counted down here, to -1 once something failed. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

static volatile int *control;
static const char *folder;

__attribute__((constructor)) static void map_control(void) {
    const char *name = getenv("FAULT_CONTROL");
    folder = getenv("FAULT_FOLDER");
    int file = name ? open(name, O_RDWR) : -1;
    if (file < 0) return;
    void *mapped = mmap(0, 16, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (mapped != MAP_FAILED) control = mapped;
}

static int is_ours(int descriptor) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0 || !folder) return 0;
    path[length] = 0;
    return !strncmp(path, folder, strlen(folder));
}

/* Returns whether this call is to fail; `kind` is 0 for writing, 2 for flushing. */
static int fails(int descriptor, int kind) {
    if (!control || !control[kind] || !is_ours(descriptor)) return 0;
    if (__sync_fetch_and_sub(&control[kind + 1], 1) > 0) return 0;
    control[kind + 1] = -1;
    errno = control[kind];
    return 1;
}

#define REAL(name) \
    static __typeof__(&name) real; \
    if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

ssize_t write(int fd, const void *data, size_t size) {
    REAL(write);
    return fails(fd, 0) ? -1 : real(fd, data, size);
}
ssize_t pwrite(int fd, const void *data, size_t size, off_t at) {
    REAL(pwrite);
    return fails(fd, 0) ? -1 : real(fd, data, size, at);
}
ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at) {
    REAL(pwrite64);
    return fails(fd, 0) ? -1 : real(fd, data, size, at);
}
ssize_t writev(int fd, const struct iovec *parts, int count) {
    REAL(writev);
    return fails(fd, 0) ? -1 : real(fd, parts, count);
}
ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t at) {
    REAL(pwritev);
    return fails(fd, 0) ? -1 : real(fd, parts, count, at);
}
ssize_t pwritev64(int fd, const struct iovec *parts, int count, off64_t at) {
    REAL(pwritev64);
    return fails(fd, 0) ? -1 : real(fd, parts, count, at);
}
int posix_fallocate(int fd, off_t at, off_t size) {
    REAL(posix_fallocate);
    return fails(fd, 0) ? errno : real(fd, at, size);
}
int ftruncate(int fd, off_t size) {
    REAL(ftruncate);
    return fails(fd, 0) ? -1 : real(fd, size);
}
int fsync(int fd) {
    REAL(fsync);
    return fails(fd, 2) ? -1 : real(fd);
}
int fdatasync(int fd) {
    REAL(fdatasync);
    return fails(fd, 2) ? -1 : real(fd);
}
