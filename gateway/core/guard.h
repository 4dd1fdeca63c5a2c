#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/domain/reading.h"
#include "gateway/core/emergency.h"
#include "gateway/core/ended_commands.h"
#include "gateway/core/item.h"
#include "gateway/core/registry.h"

namespace mercaptan::gateway {

/// How long a valve has to answer, how often it is asked again, and for how long a closed one is
/// left alone.
struct CommandPolicy {
    Duration ack_within{5'000};
    std::uint32_t retries = 5;
    Duration cooldown{60'000};
    bool operator==(const CommandPolicy&) const = default;
};

/// Every condition that is set must hold. The only action there is: close the valves of the site.
struct GuardRule {
    std::string name;
    std::optional<double> gas_lel_pct_min;
    std::optional<double> co_ppm_min;
    StatusSet status_any_of;
    CommandPolicy policy;
};

/// An order that waits for the end of a command which was there before it.
struct JoinedOrder {
    std::string id;
    std::string reason;
    std::string ticket;
    bool operator==(const JoinedOrder&) const = default;
};

/// A command to close a valve that has not ended yet. Stored, so that a restart goes on with it.
struct PendingCommand {
    std::string id;
    Name site;
    Name valve;
    std::string reason;
    std::string ticket;
    CommandPolicy policy;
    std::uint32_t attempts = 0;         // Made so far.
    Instant next_at;                    // When the next attempt is due, or the last one has failed.
    Instant caused_at;                  // Receipt of the message that caused it.
    std::vector<JoinedOrder> joined{};  // One for each arrival of an order.
};

/// What a step of the guard wants done, to be performed after it was committed.
struct GuardStep {
    enum class Kind : std::uint8_t {
        send,    // Store the command and send it to its valve.
        join,    // Store the command: one more order waits for it. Nothing to report yet.
        end,     // The command is over.
        answer,  // The order is over, by another command or long ago.
        doubt,   // Only `ended` has changed: the valve may not be shut any more. Nothing to report.
    };
    Kind kind = Kind::send;
    PendingCommand command;  // As it is after the step.
    ValveReport report;
    Origin origin{};  // Of the answer that caused the step; seq 0 if it was not a message.
    std::optional<EndedCommand> ended{};  // To be stored.
    std::string forgotten{};              // Id of an ended command to be removed after that.
};

/// The edge shut-off: closes valves on the gateway's own judgement or the processor's order, with
/// the uplink up or down, and follows each command to its end. It never opens a valve: there is no
/// way to say so. Pure; time comes with every call, `next_deadline` says when to call again.
///
/// A valve has one command at a time. An order for a valve that has one, or that was shut by one
/// within `kShutFor`, is not sent: it gets the outcome of that command. Each arrival of an order is
/// answered by one report of its end, and by one only.
class Guard {
public:
    /// The order for the leak that the guard acted on comes within seconds, or minutes if the
    /// processor has to start first. It is much shorter than what a crew needs to make a place safe
    /// and open the valve again.
    static constexpr Duration kShutFor = std::chrono::minutes{10};

    explicit Guard(std::vector<GuardRule> rules, const CommandPolicy& orders = {})
        : rules_{std::move(rules)}, orders_{orders} {}

    /// Rules for readings from now on; running commands keep the policy they started with.
    void set_rules(std::vector<GuardRule> rules, const CommandPolicy& orders);

    /// True if some rule asks for the valves to be closed.
    [[nodiscard]] bool wants(const Reading& reading, std::optional<double> gas_lel_pct) const {
        return match(reading, gas_lel_pct) != nullptr;
    }

    /// Closes the valves if a rule asks for it. Ids start with `id_prefix`, which must name the
    /// message that the reading came in.
    void on_reading(const Reading& reading, std::optional<double> gas_lel_pct,
                    const Registry& registry, std::string_view id_prefix,
                    std::vector<GuardStep>& steps);

    /// The processor's order. False if the id is known: it is the same order again, which is never
    /// sent to the valve a second time.
    bool on_order(PendingCommand order, Instant now, std::vector<GuardStep>& steps);

    /// The valve was seen open at `at` (receive time): what shut it before does not count any more.
    void on_valve_open(const Name& site, const Name& valve, Instant at,
                       std::vector<GuardStep>& steps);

    /// A valve's answer. False if no such command waits for this valve.
    [[nodiscard]] bool on_answer(std::string_view site, std::string_view valve, std::string_view id,
                                 bool done, std::string_view detail, const Origin& origin,
                                 Instant now, std::vector<GuardStep>& steps);

    /// Asks again, or gives up, where the time is over.
    void on_time(Instant now, std::vector<GuardStep>& steps);

    /// Asks again at once, at no cost of an attempt: what was sent into a dead connection is lost.
    void on_field_connected(Instant now, std::vector<GuardStep>& steps);

    /// A command that a former run of the process left, and one that ended in it.
    void restore(PendingCommand command);
    void restore(EndedCommand command) { ended_.add(std::move(command)); }

    [[nodiscard]] std::optional<Instant> next_deadline() const {
        return by_time_.empty() ? std::nullopt : std::optional{by_time_.begin()->first};
    }
    [[nodiscard]] std::size_t pending() const { return commands_.size(); }

private:
    [[nodiscard]] const GuardRule* match(const Reading& reading,
                                         std::optional<double> gas_lel_pct) const;
    [[nodiscard]] PendingCommand* pending_for(const Name& site, const Name& valve);
    [[nodiscard]] bool busy_or_resting(const ValveRef& valve, Instant now);
    PendingCommand& add(PendingCommand command);
    PendingCommand remove(std::string_view id);
    void attempt(PendingCommand& command, Instant now, std::vector<GuardStep>& steps);
    void schedule(PendingCommand& command, Instant next_at);
    void end(std::string_view id, ValveOutcome outcome, std::string_view detail,
             const Origin& origin, Instant now, std::vector<GuardStep>& steps);
    static bool join(PendingCommand& command, const PendingCommand& order,
                     std::vector<GuardStep>& steps);
    static void refuse(PendingCommand order, std::vector<GuardStep>& steps);
    void answer(PendingCommand order, const EndedCommand& by, std::vector<GuardStep>& steps);
    void doubt_shut(const Name& site, const Name& valve, Instant from, Instant to,
                    std::vector<GuardStep>& steps);

    std::vector<GuardRule> rules_;
    CommandPolicy orders_;
    using Valve = std::pair<Name, Name>;  // Site, device.
    using Commands = std::map<std::string, PendingCommand, std::less<>>;
    Commands commands_;                                  // By id.
    std::set<std::pair<Instant, std::string>> by_time_;  // next_at and id of each.
    std::set<std::pair<Valve, std::string>> by_valve_;   // Valve and id of each.
    std::map<Valve, Instant> resting_until_;             // Valves that a command ended for.
    EndedCommands ended_;
};

}  // namespace mercaptan::gateway
