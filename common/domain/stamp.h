#pragma once
#include <cstdio>
#include <ctime>
#include <fcntl.h>
#include <unistd.h>
inline void stamp(const char* tag) {
    static int fd = ::open("/dev/shm/stamps", O_WRONLY | O_CREAT | O_APPEND, 0644);
    timespec t{}; ::clock_gettime(CLOCK_REALTIME, &t);
    char b[96]; int n = snprintf(b, sizeof b, "%lld %s\n", static_cast<long long>(t.tv_sec) * 1000000 + static_cast<long long>(t.tv_nsec) / 1000, tag);
    (void)!::write(fd, b, static_cast<std::size_t>(n));
}
