#include "common/mqtt/outbox.h"

#include <string>
#include <utility>

namespace mercaptan::mqtt {
namespace {

constexpr std::size_t kPublishOverheadBytes = 16;  // Header, lengths, identifier, no properties.

}  // namespace

void Outbox::open(std::size_t window, std::size_t packet_max_bytes) {
    const std::lock_guard lock{mutex_};
    open_ = true;
    window_ = window;
    packet_max_bytes_ = packet_max_bytes;
}

bool Outbox::open() const {
    const std::lock_guard lock{mutex_};
    return open_;
}

void Outbox::shut() {
    const std::lock_guard lock{mutex_};
    open_ = false;
    window_ = 0;
}

std::vector<std::uint64_t> Outbox::clear() {
    const std::lock_guard lock{mutex_};
    open_ = false;
    window_ = 0;
    std::vector<std::uint64_t> tokens;
    tokens.reserve(entries_.size());
    for (const auto& [sequence, entry] : entries_) {
        tokens.push_back(entry.token);
    }
    entries_.clear();
    waiting_.clear();
    bytes_ = 0;
    handed_ = 0;
    return tokens;
}

Result<void> Outbox::put(std::string_view topic, std::string_view payload, int qos, bool retain,
                         std::uint64_t token) {
    const std::size_t bytes = topic.size() + payload.size();
    const std::lock_guard lock{mutex_};
    if (!open_) {
        ++refused_;
        return fail(ErrorCode::unavailable, "not connected");
    }
    if (bytes + kPublishOverheadBytes > packet_max_bytes_) {
        return fail(ErrorCode::invalid_input,
                    "expected a message of at most " + std::to_string(packet_max_bytes_) +
                        " bytes with its headers",
                    "payload");
    }
    const bool too_big = !entries_.empty() && bytes_ + bytes > bytes_max_;
    if (entries_.size() >= messages_max_ || too_big) {
        ++refused_;
        return fail(ErrorCode::unavailable, "too many publishes are not acknowledged yet");
    }
    const std::uint64_t sequence = next_sequence_++;
    entries_.emplace_hint(entries_.end(), sequence, Entry{token, bytes});
    waiting_.push_back({sequence, std::string{topic}, std::string{payload}, qos, retain});
    bytes_ += bytes;
    return {};
}

std::optional<OutgoingMessage> Outbox::take() {
    const std::lock_guard lock{mutex_};
    if (!can_take_locked()) {
        return std::nullopt;
    }
    OutgoingMessage message = std::move(waiting_.front());
    waiting_.pop_front();
    ++handed_;
    return message;
}

bool Outbox::can_take() const {
    const std::lock_guard lock{mutex_};
    return can_take_locked();
}

std::optional<std::uint64_t> Outbox::end(std::uint64_t sequence) {
    const std::lock_guard lock{mutex_};
    const auto found = entries_.find(sequence);
    if (found == entries_.end()) {
        return std::nullopt;
    }
    const std::uint64_t token = found->second.token;
    bytes_ -= found->second.bytes;
    --handed_;
    entries_.erase(found);
    return token;
}

Outbox::Counts Outbox::counts() const {
    const std::lock_guard lock{mutex_};
    return {refused_, entries_.size()};
}

}  // namespace mercaptan::mqtt
