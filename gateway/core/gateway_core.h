#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "gateway/core/admission.h"
#include "gateway/core/emergency.h"
#include "gateway/core/guard.h"
#include "gateway/core/item.h"
#include "gateway/core/registry.h"

namespace mercaptan::gateway {

struct CoreSettings {
    Name gateway_id;
    AdmissionLimits admission;
    SetPoints set_points;
};

/// The message that a call is about. The views live for the call.
struct MessageRef {
    Origin origin;
    MessageFacts facts;
    std::string_view topic;
    std::string_view payload;
};

/// `{"seq":n}` to a device: the copy of its message is safe.
struct DeviceAnswer {
    Name site;
    Name device;
    std::uint64_t seq = 0;
    Lane lane = Lane::emergency;  // Of the message.
};

/// What became of a message.
enum class MessageResult : std::uint8_t {
    accepted,
    duplicate,
    ignored,  // Understood, and nothing to do.
    rejected,
    rate_limited,
    stale,
};
inline constexpr std::size_t kMessageResultCount = 6;

[[nodiscard]] constexpr std::string_view to_string(MessageResult result) {
    constexpr std::string_view kNames[] = {"accepted", "duplicate",    "ignored",
                                           "rejected", "rate_limited", "stale"};
    return kNames[static_cast<std::size_t>(result)];
}

/// Everything that a round wants stored, and then done. Reused from round to round.
struct RoundOutput {
    std::vector<Item> emergency;
    std::vector<Item> bulk;
    std::vector<QuarantineEntry> quarantine;
    std::vector<GuardStep> guard;
    std::vector<DeviceAnswer> answers;

    void clear() {
        emergency.clear();
        bulk.clear();
        quarantine.clear();
        guard.clear();
        answers.clear();
    }
};

/// Totals since the process started, for metrics.
struct CoreCounts {
    std::uint64_t missing = 0;  // Sequence numbers that a device skipped.
    std::uint64_t counter_restarts = 0;
    std::uint64_t event_times_refused = 0;
    std::uint64_t untracked = 0;       // Readings of devices beyond devices_max.
    std::uint64_t promoted = 0;        // Bulk readings that turned out to be emergencies.
    std::uint64_t guard_commands = 0;  // Commands begun, by the guard or by order.
    std::uint64_t guard_attempts = 0;
    std::uint64_t guard_done = 0;
    std::uint64_t guard_failed = 0;
    std::uint64_t guard_no_answer = 0;
    std::uint64_t orders_answered = 0;  // By what another command, or the same before, came to.
};

/// The gateway's judgement: what is taken, on which lane it goes up, what is kept in quarantine,
/// when a valve is closed. Pure: the same calls give the same output.
class GatewayCore {
public:
    /// `epoch` names this run in the origins of what the core itself says.
    GatewayCore(const CoreSettings& settings, std::uint64_t epoch,
                std::shared_ptr<const Registry> registry, std::vector<GuardRule> rules,
                const CommandPolicy& orders);

    void reload(std::shared_ptr<const Registry> registry, std::vector<GuardRule> rules,
                const CommandPolicy& orders);

    /// `part` numbers the readings of one message from 0.
    MessageResult on_reading(const MessageRef& message, Reading reading, std::uint32_t part,
                             RoundOutput& out);
    MessageResult on_online(const MessageRef& message, const OnlineChange& change,
                            RoundOutput& out);
    MessageResult on_unreadable(const MessageRef& message, UnreadableMessage unreadable,
                                RoundOutput& out);
    MessageResult on_valve_answer(const MessageRef& message, std::string_view site,
                                  std::string_view valve, std::string_view id, bool done,
                                  std::string_view detail, RoundOutput& out);
    /// The processor's order to close a valve. `order` needs id, site, valve, reason and ticket.
    MessageResult on_order(const MessageRef& message, PendingCommand order, Instant now,
                           RoundOutput& out);

    void on_time(Instant now, RoundOutput& out);
    void on_field_connected(Instant now, RoundOutput& out);
    [[nodiscard]] std::optional<Instant> next_deadline() const { return guard_.next_deadline(); }

    /// A reading that a former run has dealt with: only so that a copy of it is recognised.
    void remember(const MessageRef& message, Reading reading, std::uint32_t part);
    void remember(const MessageRef& message);
    void restore(PendingCommand command) { guard_.restore(std::move(command)); }
    void restore(EndedCommand command) { guard_.restore(std::move(command)); }

    /// The reading is an emergency by its content, whatever its topic.
    [[nodiscard]] bool emergency_by_content(const Reading& reading) const;

    [[nodiscard]] const CoreCounts& counts() const { return counts_; }
    [[nodiscard]] std::size_t commands_pending() const { return guard_.pending(); }
    [[nodiscard]] std::size_t devices() const { return admission_.devices(); }

private:
    void take_guard_steps(std::size_t from, Instant now, RoundOutput& out);
    void count(const GuardStep& step);
    [[nodiscard]] std::string command_prefix(const Origin& origin) const;
    static void quarantine(const MessageRef& message, std::string reason, RoundOutput& out);

    CoreSettings settings_;
    std::uint64_t epoch_;
    std::shared_ptr<const Registry> registry_;
    Admission admission_;
    Guard guard_;
    std::unordered_map<std::string, bool> online_;  // "site/device"
    std::uint32_t own_items_ = 0;                   // Items that no message caused, in this epoch.
    CoreCounts counts_;
};

}  // namespace mercaptan::gateway
