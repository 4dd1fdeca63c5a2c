#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "common/domain/result.h"

/// Lines on stderr: `2026-11-21T08:00:00.123Z info gateway connected uri=tcp://… session=true`.
///
/// Write the message first and then facts as key=value; never a secret, never a payload. Any
/// thread, at any time; before init() the level is info and the component `mercaptan`.
namespace mercaptan::log {

enum class Level { debug, info, warn, error };

/// A longer line is cut and says so, because only up to here a write never blocks on a pipe.
inline constexpr std::size_t kLineMaxBytes = 4096;

/// Reads `debug`, `info`, `warn` or `error`. Fails with invalid_input.
[[nodiscard]] Result<Level> parse_level(std::string_view text);

/// Lines below `level` are left out. `component` is the program's name.
void init(Level level, std::string component = "mercaptan");

[[nodiscard]] bool enabled(Level level);

/// Writes one line. Control characters are escaped, so a message can't forge a second line.
void write(Level level, std::string_view message);

/// Lines are written as they come, so there is nothing to wait for but a writer at work.
void flush();

/// Lines that stderr did not take; the next one that it takes says how many are missing.
[[nodiscard]] std::uint64_t lines_lost();

template <class... Args>
void debug(fmt::format_string<Args...> format, Args&&... args) {
    if (enabled(Level::debug)) {
        write(Level::debug, fmt::format(format, std::forward<Args>(args)...));
    }
}

template <class... Args>
void info(fmt::format_string<Args...> format, Args&&... args) {
    if (enabled(Level::info)) {
        write(Level::info, fmt::format(format, std::forward<Args>(args)...));
    }
}

template <class... Args>
void warn(fmt::format_string<Args...> format, Args&&... args) {
    if (enabled(Level::warn)) {
        write(Level::warn, fmt::format(format, std::forward<Args>(args)...));
    }
}

template <class... Args>
void error(fmt::format_string<Args...> format, Args&&... args) {
    if (enabled(Level::error)) {
        write(Level::error, fmt::format(format, std::forward<Args>(args)...));
    }
}

/// A value for key=value, quoted (with \" and \\ escaped) if it is empty or holds a space, = or ".
[[nodiscard]] std::string quote(std::string_view value);

}  // namespace mercaptan::log
