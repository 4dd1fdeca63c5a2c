#include "gateway/core/admission.h"

#include <algorithm>
#include <bit>
#include <chrono>
#include <cstring>

namespace mercaptan::gateway {
namespace {

constexpr std::uint64_t kFnvPrime = 0x100000001B3ULL;

/// Eight bytes at a time: this runs for every message.
std::uint64_t mix(std::uint64_t hash, std::uint64_t word) {
    hash = (hash ^ word) * 0x9E3779B97F4A7C15ULL;
    return hash ^ (hash >> 29U);
}

std::uint64_t mix(std::uint64_t hash, std::string_view bytes) {
    while (bytes.size() >= sizeof(std::uint64_t)) {
        std::uint64_t word = 0;
        std::memcpy(&word, bytes.data(), sizeof word);
        hash = mix(hash, word);
        bytes.remove_prefix(sizeof word);
    }
    for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * kFnvPrime;
    return mix(hash, bytes.size());
}

/// What the reading says. Of telemetry without its time: a device that repeats itself may stamp it
/// anew. An emergency's time belongs to it: the same values of another time are another emergency.
std::uint32_t print_of(const Reading& reading, bool emergency) {
    std::uint64_t hash = mix(reading.urgent ? 2U : 1U, reading.status.bits());
    if (emergency && reading.event_at)
        hash = mix(hash, static_cast<std::uint64_t>(reading.event_at->ms));
    reading.values.for_each([&](Quantity q, double number) {
        hash = mix(hash, static_cast<std::uint64_t>(q));
        hash = mix(hash, std::bit_cast<std::uint64_t>(number));
    });
    return static_cast<std::uint32_t>(hash >> 32U);
}

}  // namespace

std::uint64_t content_hash(std::string_view topic, std::string_view payload) {
    return mix(mix(topic.size(), topic), payload);
}

Admission::Device* Admission::device_of(const Reading& reading) {
    std::array<char, 2 * Name::capacity() + 1> key{};
    char* end = std::copy(reading.site.view().begin(), reading.site.view().end(), key.begin());
    *end++ = '/';
    end = std::copy(reading.device.view().begin(), reading.device.view().end(), end);
    const std::string_view text{key.data(), static_cast<std::size_t>(end - key.data())};
    if (const auto found = devices_.find(text); found != devices_.end()) return &found->second;
    if (devices_.size() >= limits_.devices_max) return nullptr;
    Device& device = devices_[std::string{text}];
    device.tokens = limits_.burst;
    device.tokens_at = reading.received_at;
    return &device;
}

bool Admission::take_token(Device& device, Instant now) const {
    if (now > device.tokens_at) {
        const double earned = static_cast<double>((now - device.tokens_at).count()) / 1000.0;
        device.tokens = std::min(limits_.burst, device.tokens + earned * limits_.messages_per_s);
    }
    device.tokens_at = now;  // A clock set back costs the device nothing but the interval.
    if (device.tokens < 1.0) return false;
    device.tokens -= 1.0;
    return true;
}

/// Nothing but the hour tells two emergencies without a time apart, unless the broker does.
bool Admission::may_be_copy(Device& device, const MessageFacts& facts, bool has_time) const {
    if (!facts.emergency || has_time) return true;
    const Duration since_last = std::chrono::abs(facts.received_at - device.timeless_at);
    device.timeless_at = facts.received_at;
    return facts.redelivered || since_last <= limits_.repeat_max;
}

void Admission::restart(Device& device, std::uint64_t seq, std::uint32_t print) {
    device.newest = seq;
    device.seen = 1;
    device.prints[seq % kWindow] = print;
    device.counts = true;
}

void Admission::admit_number(Device& device, std::uint64_t seq, std::uint32_t print,
                             bool may_be_copy, Admitted& result) {
    if (!device.counts) return restart(device, seq, print);
    if (seq > device.newest) {
        const std::uint64_t ahead = seq - device.newest;
        if (ahead > kJumpMax) {
            result.counter_restarted = true;
            return restart(device, seq, print);
        }
        result.missing = ahead - 1;
        device.seen = ahead < kWindow ? (device.seen << ahead) | 1U : 1U;
        device.newest = seq;
        device.prints[seq % kWindow] = print;
        return;
    }
    const std::uint64_t behind = device.newest - seq;
    if (behind >= kWindow) {
        result.counter_restarted = true;
        return restart(device, seq, print);
    }
    const std::uint64_t bit = std::uint64_t{1} << behind;
    if ((device.seen & bit) == 0) {
        device.seen |= bit;
        device.prints[seq % kWindow] = print;
    } else if (may_be_copy && device.prints[seq % kWindow] == print) {
        result.verdict = Verdict::duplicate;
    } else {
        result.counter_restarted = true;
        restart(device, seq, print);
    }
}

bool Admission::absurd(Instant event_at, Instant received_at) const {
    return event_at < limits_.event_time_min ||
           event_at > received_at + limits_.event_time_ahead_max;
}

Admitted Admission::admit(Reading& reading, const MessageFacts& facts, std::uint64_t content) {
    Admitted result;
    // Of the time as it was sent: what is absurd depends on when a copy comes.
    const bool has_time = reading.event_at.has_value();
    const std::uint32_t print = reading.seq ? print_of(reading, facts.emergency) : 0;
    if (reading.event_at && absurd(*reading.event_at, facts.received_at)) {
        reading.event_at.reset();
        result.event_time_refused = true;
    }
    // A retained message is news only if the device's own clock says so.
    if (facts.retained &&
        (!reading.event_at || facts.received_at - *reading.event_at > limits_.retained_fresh_max)) {
        result.verdict = Verdict::stale;
        return result;
    }
    Device* device = device_of(reading);
    result.untracked = device == nullptr;
    // Before the number is marked as seen: a device whose message was refused may repeat it.
    const bool limited = !facts.emergency && !facts.remembered;
    if (device != nullptr && limited && !take_token(*device, facts.received_at)) {
        result.verdict = Verdict::rate_limited;
        return result;
    }
    // A redelivery is known by its bytes, also when the device has begun to count anew since.
    if (seen_before(facts, content)) {
        result.verdict = Verdict::duplicate;
    } else if (device != nullptr && reading.seq) {
        admit_number(*device, *reading.seq, print, may_be_copy(*device, facts, has_time), result);
    }
    return result;
}

bool Admission::seen_before(const MessageFacts& facts, std::uint64_t content) {
    // Redeliveries are rare and the ring is short; every message pays for being written into it.
    if (facts.redelivered && std::find(recent_.begin(), recent_.end(), content) != recent_.end()) {
        return true;
    }
    if (recent_.size() < limits_.redelivery_window) {
        recent_.push_back(content);
    } else if (!recent_.empty()) {
        recent_[next_recent_] = content;
        next_recent_ = (next_recent_ + 1) % recent_.size();
    }
    return false;
}

}  // namespace mercaptan::gateway
