#include "common/log/stderr_sink.h"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>

#include "common/log/log.h"

namespace mercaptan::log {
namespace {

constexpr std::string_view kCutMark = " …cut";

// After poll says yes, a pipe takes kLineMaxBytes (PIPE_BUF) without blocking.
bool takes_data(int fd) {
    pollfd poll_fd{fd, POLLOUT, 0};
    return poll(&poll_fd, 1, 0) == 1 && (poll_fd.revents & POLLOUT) != 0;
}

}  // namespace

void StderrSink::sink_it_(const spdlog::details::log_msg& message) {
    if (!tell_of_losses(message) || !write_line(render(message))) {
        ++lost_;
    }
}

std::string StderrSink::render(const spdlog::details::log_msg& message) {
    spdlog::memory_buf_t buffer;
    formatter_->format(message, buffer);
    std::string line{buffer.data(), buffer.size()};
    if (line.size() > kLineMaxBytes) {
        std::size_t keep = kLineMaxBytes - kCutMark.size() - 1;
        while (keep > 0 && (static_cast<unsigned char>(line[keep]) & 0xC0U) == 0x80U) {
            --keep;  // Not in the middle of a UTF-8 character.
        }
        line.resize(keep);
        line.append(kCutMark).push_back('\n');
    }
    return line;
}

bool StderrSink::tell_of_losses(const spdlog::details::log_msg& next) {
    const std::uint64_t lost = lost_.load();
    if (lost == told_) {
        return true;
    }
    const std::string text = fmt::format("log lines lost count={} total={}", lost - told_, lost);
    const spdlog::details::log_msg told{next.time, {}, next.logger_name, spdlog::level::warn, text};
    if (!write_line(render(told))) {
        return false;
    }
    told_ = lost;
    return true;
}

bool StderrSink::write_line(std::string_view line) {
    while (!line.empty()) {
        if (!takes_data(fd_)) {
            return false;
        }
        const ssize_t written = ::write(fd_, line.data(), line.size());
        if (written < 0 && errno != EINTR) {
            return false;
        }
        line.remove_prefix(written > 0 ? static_cast<std::size_t>(written) : 0);
    }
    return true;
}

}  // namespace mercaptan::log
