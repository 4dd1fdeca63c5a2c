#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace mercaptan::test {

/// A Mosquitto broker of the test's own: on a free port of 127.0.0.1, anyone may connect, and
/// sessions are kept in a temporary directory over stop() and start().
class Mosquitto {
public:
    /// `config_lines` are added to the configuration, after its listener. Does not start it.
    explicit Mosquitto(std::vector<std::string> config_lines = {});

    /// Starts it, again on the same port after stop() or kill(), and waits until it listens. A
    /// broker that does not come up is a broken invariant.
    void start();
    void stop();  // SIGTERM: it saves its sessions.
    void kill();  // SIGKILL: it does not.

    [[nodiscard]] std::uint16_t port() const { return port_; }
    [[nodiscard]] std::string uri() const { return "tcp://127.0.0.1:" + std::to_string(port_); }
    [[nodiscard]] pid_t pid() const { return process_->pid(); }
    [[nodiscard]] const std::filesystem::path& directory() const { return directory_.path(); }
    [[nodiscard]] std::string log() const;

private:
    void end(int signal);

    TempDir directory_;
    std::uint16_t port_;
    std::optional<Process> process_;
};

}  // namespace mercaptan::test
