#pragma once

#include <cstdio>
#include <cstdlib>

// A broken invariant ends the process, in release too: the supervisor restarts it into a clean
// recovery. Never use it for input; input errors are values (see result.h).
#define MERCAPTAN_CHECK(condition)                                                                 \
    do {                                                                                           \
        if (!(condition)) [[unlikely]] {                                                           \
            std::fprintf(stderr, "%s:%d: broken invariant: %s\n", __FILE__, __LINE__, #condition); \
            std::abort();                                                                          \
        }                                                                                          \
    } while (false)
