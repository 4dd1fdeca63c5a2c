#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace mercaptan {

enum class ErrorCode {
    invalid_input,  // What was given can't be accepted; the message says what was expected.
    not_found,
    conflict,             // Right in itself, but not in the present state.
    forbidden,            // The actor may not do this.
    precondition_failed,  // The caller's version is not the present one.
    limit_reached,
    unavailable,  // Try again later: not connected, stopping, busy.
    io,           // The operating system or the store failed.
    corrupt,      // Stored bytes are not what was written.
};

struct Error {
    ErrorCode code = ErrorCode::invalid_input;
    std::string message;
    std::string field{};  // Dotted path of the offending input field, if one is to blame.
};

/// A value, or why there is none. Expected failures are values; a broken invariant aborts.
template <class T>
using Result = tl::expected<T, Error>;

using Failure = tl::unexpected<Error>;

[[nodiscard]] inline Failure fail(ErrorCode code, std::string message, std::string field = {}) {
    return Failure{Error{code, std::move(message), std::move(field)}};
}

}  // namespace mercaptan
