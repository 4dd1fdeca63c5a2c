#pragma once

#include <spdlog/sinks/base_sink.h>

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

namespace mercaptan::log {

/// Writes each line with one write(2) to a file descriptor that it does not own, if the descriptor
/// takes it at once; counts it as lost if not. See README.md for why there is no queue.
class StderrSink final : public spdlog::sinks::base_sink<std::mutex> {
public:
    explicit StderrSink(int fd) : fd_{fd} {}

    [[nodiscard]] std::uint64_t lines_lost() const { return lost_.load(); }

private:
    void sink_it_(const spdlog::details::log_msg& message) override;
    void flush_() override {}
    [[nodiscard]] bool write_line(std::string_view line);
    [[nodiscard]] bool tell_of_losses(const spdlog::details::log_msg& next);
    [[nodiscard]] std::string render(const spdlog::details::log_msg& message);

    const int fd_;
    std::atomic<std::uint64_t> lost_{0};
    std::uint64_t told_ = 0;  // Of lost_, what a line on the descriptor has told.
};

}  // namespace mercaptan::log
