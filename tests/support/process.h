#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace mercaptan::test {

/// A child process with its output in a file. It is killed when this object or the thread that made
/// it ends, so make it on the main thread.
class Process {
public:
    /// Runs `command` (found in PATH), both outputs appended to `output`.
    Process(std::vector<std::string> command, const std::filesystem::path& output);
    ~Process();
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;

    [[nodiscard]] pid_t pid() const { return pid_; }
    [[nodiscard]] bool running();
    void signal(int number) const;

    /// Its exit code, or minus the signal that ended it; nothing if it still runs after `timeout`.
    [[nodiscard]] std::optional<int> wait(std::chrono::milliseconds timeout);

private:
    pid_t pid_ = -1;
    std::optional<int> result_;
};

/// A TCP port of 127.0.0.1 that nobody listens on now.
[[nodiscard]] std::uint16_t free_port();

/// True if something accepts connections there now.
[[nodiscard]] bool accepts_connections(std::uint16_t port);

/// Asks again and again until it is true, for at most `timeout`; what it was last.
[[nodiscard]] bool eventually(const std::function<bool()>& condition,
                              std::chrono::milliseconds timeout = std::chrono::seconds{10});

}  // namespace mercaptan::test
