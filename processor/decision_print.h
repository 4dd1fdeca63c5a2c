#pragma once

#include <cstdint>

#include "processor/commit.h"

namespace mercaptan::processor {

/// What the commit decided, in 64 bits: the bytes of every device, alarm, ticket, ticket's history
/// line and message that it makes or changes, in order, and what it answers to each command. Two
/// commits that differ in any of it have different prints, but for one chance in 2^64. It guards
/// against mistakes, not against forgers. What was delivered or taken in of a gateway is no
/// decision.
[[nodiscard]] std::uint64_t decision_print(const Commit& commit);

}  // namespace mercaptan::processor
