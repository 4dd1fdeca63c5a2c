#include "common/http/stream_channel.h"

#include <utility>

namespace mercaptan::http {

StreamChannel::StreamChannel(std::size_t bytes_max, std::function<void()> wake)
    : bytes_max_(bytes_max), wake_(std::move(wake)) {}

bool StreamChannel::put(std::string_view bytes) {
    bool accepted = false;
    {
        const std::lock_guard lock{mutex_};
        if (state_ != State::open) return false;
        accepted = queued_.size() + writing_bytes_ + bytes.size() <= bytes_max_;
        if (accepted) {
            queued_ += bytes;
            if (std::exchange(awake_, true)) return true;
        } else {
            state_ = State::overflowed;
            queued_ = {};
        }
    }
    wake_();
    return accepted;
}

bool StreamChannel::open() const {
    const std::lock_guard lock{mutex_};
    return state_ == State::open;
}

void StreamChannel::finish() {
    {
        const std::lock_guard lock{mutex_};
        if (state_ != State::open) return;
        state_ = State::finished;
    }
    wake_();
}

void StreamChannel::reject(Response response) {
    {
        const std::lock_guard lock{mutex_};
        if (!begun_ && state_ == State::open && queued_.empty()) {
            rejection_ = std::move(response);
            state_ = State::abandoned;
            return;
        }
    }
    finish();
}

std::optional<Response> StreamChannel::begin() {
    const std::lock_guard lock{mutex_};
    begun_ = true;
    return std::exchange(rejection_, std::nullopt);
}

bool StreamChannel::take(std::string& out) {
    const std::lock_guard lock{mutex_};
    out.clear();
    out.swap(queued_);
    writing_bytes_ = out.size();
    awake_ = !out.empty();
    return awake_;
}

bool StreamChannel::finished() const {
    const std::lock_guard lock{mutex_};
    return state_ == State::finished;
}

bool StreamChannel::overflowed() const {
    const std::lock_guard lock{mutex_};
    return state_ == State::overflowed;
}

void StreamChannel::abandon() {
    const std::lock_guard lock{mutex_};
    if (state_ != State::overflowed) state_ = State::abandoned;
    queued_ = {};
}

}  // namespace mercaptan::http
