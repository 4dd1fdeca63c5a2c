#pragma once

namespace mercaptan::wire {

/// Protobuf's own words about a message that can't be parsed stay out of standard error: the caller
/// counts such a message and says why. Once, at the start of a program.
void keep_quiet();

}  // namespace mercaptan::wire
