#pragma once

#include <cstddef>

namespace mercaptan {

/// How often this program has called `operator new`, to show that a path does not allocate.
[[nodiscard]] std::size_t allocations();

}  // namespace mercaptan
