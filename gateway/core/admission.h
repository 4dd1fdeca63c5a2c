#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/domain/instant.h"
#include "common/domain/reading.h"

namespace mercaptan::gateway {

struct AdmissionLimits {
    double messages_per_s = 500.0;  // Per device, bulk only; over it: quarantine, counted.
    double burst = 20'000.0;
    Instant event_time_min{1'577'836'800'000};  // 2020-01-01T00:00:00Z
    Duration event_time_ahead_max = std::chrono::hours{24};
    Duration retained_fresh_max = std::chrono::minutes{5};
    /// For how long after an emergency without a time of its own one of the same number and content
    /// is a copy of it: a device that waits for its answer repeats within seconds.
    Duration repeat_max = std::chrono::minutes{10};
    /// Devices remembered for de-duplication, gaps and rates; one more is served without, counted.
    std::size_t devices_max = 2'000'000;
    /// The last messages, with which a broker's redelivery is compared byte by byte.
    std::size_t redelivery_window = 4096;
};

/// How a message came, apart from what it says.
struct MessageFacts {
    Instant received_at;
    bool retained = false;     // The broker kept it from before we subscribed.
    bool redelivered = false;  // The broker says that we may have had it before.
    bool emergency = false;    // Never limited; a copy only with the same time.
    bool remembered = false;   // A former run has dealt with it: costs the device nothing.
};

enum class Verdict : std::uint8_t { accepted, duplicate, rate_limited, stale };

struct Admitted {
    Verdict verdict = Verdict::accepted;
    std::uint64_t missing = 0;       // Numbers skipped since the last one: messages not seen (yet).
    bool counter_restarted = false;  // The device counts anew.
    bool event_time_refused = false;  // Absurd; the reading lost its event time.
    bool untracked = false;           // devices_max was reached before this device.
};

/// Decides for each reading whether it is taken: once, in time, and within the device's rate.
/// Pure: time comes with the message.
///
/// A number seen before is a duplicate only if the content is the same too: a device that lost its
/// count (reboot, new battery) must never have an emergency taken for an old message. So an
/// emergency must have the same time as well, or, without one, come soon after the last such; taken
/// twice does less harm than lost. A number far below the window restarts the count for the same
/// reason.
class Admission {
public:
    explicit Admission(const AdmissionLimits& limits) : limits_{limits} {}

    /// `content` names the message's bytes (see `content_hash`).
    [[nodiscard]] Admitted admit(Reading& reading, const MessageFacts& facts,
                                 std::uint64_t content);

    /// The same decision for a message that has no number (online, acknowledgements, unreadable).
    [[nodiscard]] bool seen_before(const MessageFacts& facts, std::uint64_t content);

    [[nodiscard]] std::size_t devices() const { return devices_.size(); }

private:
    static constexpr std::uint64_t kWindow = 64;
    /// A jump ahead further than this is a new count, not that many lost messages.
    static constexpr std::uint64_t kJumpMax = 1'000'000;

    struct Device {
        std::uint64_t newest = 0;
        std::uint64_t seen = 0;                       // Bit n: newest - n was seen.
        std::array<std::uint32_t, kWindow> prints{};  // Of the number that is congruent mod 64.
        double tokens = 0.0;
        Instant tokens_at{};
        Instant timeless_at{};  // Receipt of the last emergency without a time.
        bool counts = false;
    };
    struct TextHash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const {
            return std::hash<std::string_view>{}(text);
        }
    };

    Device* device_of(const Reading& reading);
    bool take_token(Device& device, Instant now) const;
    [[nodiscard]] bool may_be_copy(Device& device, const MessageFacts& facts, bool has_time) const;
    static void restart(Device& device, std::uint64_t seq, std::uint32_t print);
    static void admit_number(Device& device, std::uint64_t seq, std::uint32_t print,
                             bool may_be_copy, Admitted& result);
    [[nodiscard]] bool absurd(Instant event_at, Instant received_at) const;

    AdmissionLimits limits_;
    std::unordered_map<std::string, Device, TextHash, std::equal_to<>> devices_;  // "site/device"
    std::vector<std::uint64_t> recent_;  // A ring of the last messages' hashes.
    std::size_t next_recent_ = 0;
};

/// Names a message by its bytes.
[[nodiscard]] std::uint64_t content_hash(std::string_view topic, std::string_view payload);

}  // namespace mercaptan::gateway
