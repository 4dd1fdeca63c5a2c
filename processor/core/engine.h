#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "processor/core/area_table.h"
#include "processor/core/changes.h"
#include "processor/core/conditions.h"
#include "processor/core/device_table.h"
#include "processor/core/gateway_table.h"
#include "processor/core/hold_table.h"
#include "processor/core/record.h"
#include "processor/core/ticket_book.h"
#include "processor/core/timer_queue.h"
#include "processor/core/trace.h"

namespace mercaptan::processor {

/// How a reading's number stands to those of its device that came before.
enum class Numbering : std::uint8_t {
    none,     // It has none.
    next,     // Higher than all of its count: sent after all that was seen.
    earlier,  // Lower than others, and not seen.
    seen,     // A copy, or a number of another count.
};

/// What became of a reading.
struct ReadingVerdict {
    Numbering numbering = Numbering::none;
    bool duplicate = false;  // Seen before: not for the history, and nothing was decided by it.
    bool late = false;       // Older than what had been seen of the device.
    std::uint32_t device = 0;
};

struct EngineCounts {
    std::uint64_t readings = 0;
    std::uint64_t duplicates = 0;
    std::uint64_t late = 0;
    std::uint64_t sequence_gaps = 0;  // Messages that a device numbered and that never came.
};

/// One figure per open combination, for metrics.
struct TicketTally {
    std::optional<TicketClass> ticket_class;
    TicketState state;
    std::uint64_t open = 0;
};

/// Decides what is an alarm, what is a ticket, who goes, and which deadline is missed.
///
/// Pure and deterministic: no clock, I/O, thread or randomness. The same rulebook and the same
/// records always give the same changes, so a log of records rebuilds the state exactly. Not
/// thread-safe; the shell owns it.
class Engine {
public:
    static constexpr std::size_t kIdempotencyKeysMax = 100'000;  // The oldest are forgotten.

    explicit Engine(std::shared_ptr<const Rulebook> rulebook, Instant now);

    /// Applies one record. `record.at` must not be before that of the last.
    void step(const Record& record);
    /// The same for a reading, without the copy into a Record: the hot path.
    ReadingVerdict step(Instant at, const Name& gateway, const Reading& reading);

    /// Readings of these devices come next: what is known of them is fetched all at once. Changes
    /// nothing but how long their steps take.
    void foresee(std::span<const DeviceTable::Key> devices);

    /// When the shell must send a Tick next, or nullopt if nothing is pending.
    [[nodiscard]] std::optional<Instant> next_deadline() const;

    [[nodiscard]] const Changes& changes() const { return changes_; }
    void clear_changes();

    // What a committed state is read from.
    [[nodiscard]] const Device& device(std::uint32_t index) const { return devices_.at(index); }
    [[nodiscard]] const Alarm& alarm(std::uint32_t index) const { return alarms_[index]; }
    [[nodiscard]] const Ticket& ticket(std::uint32_t index) const { return book_.at(index); }
    [[nodiscard]] std::size_t device_count() const { return devices_.size(); }
    [[nodiscard]] std::size_t alarm_count() const { return alarms_.size(); }
    [[nodiscard]] const Ticket* find_ticket(std::string_view id) const;
    /// The open ticket of a hazard.
    [[nodiscard]] const Ticket* find_open(const std::string& hazard_key) const;
    [[nodiscard]] const Alarm* find_alarm(std::string_view id) const;
    [[nodiscard]] const Rulebook& rulebook() const { return *rulebook_; }
    /// What the registry in force says of the device, if it knows it.
    [[nodiscard]] std::optional<RegistryEntry> registry_entry(std::uint32_t device) const;
    [[nodiscard]] const EngineCounts& counts() const { return counts_; }
    [[nodiscard]] std::vector<TicketTally> tally() const;
    /// Running clocks whose deadline has passed and that nobody has ended, by clock name.
    [[nodiscard]] std::map<std::string, std::uint64_t> overdue_clocks() const;

    /// The policy and the calendar that a ticket is pinned to.
    [[nodiscard]] const Policy& policy_of(std::uint32_t ticket) const {
        return book_.policy(ticket);
    }
    [[nodiscard]] const Calendar& calendar_of(std::uint32_t ticket) const {
        return book_.calendar(ticket);
    }
    [[nodiscard]] std::size_t ticket_count() const { return book_.size(); }
    [[nodiscard]] std::size_t timer_count() const { return timers_.size(); }

    // Recovery: the versions that are no longer in force, then the rows of the last commit, in any
    // order, then `recovered`.
    void know(const EarlierVersions& earlier) { book_.know(earlier); }
    /// The index of the device.
    std::uint32_t restore(const DeviceRow& row);
    void restore(const Alarm& alarm);
    void restore(const Ticket& ticket);
    void restore_idempotency(std::string key, std::string ticket_id);
    /// The index of the device; it is made known if it was not.
    std::uint32_t know(const Reading& reading);
    /// A reading that was taken in and committed after its device's row: only moves what was last
    /// seen, and what is remembered of a meter. In the order of the commits.
    void catch_up(const Reading& reading);
    /// All rows are in: arms every timer. Overdue ones fire at the next step, with their lateness.
    void recovered(Instant now);

    /// Names a device in `Changes`: its row is older than what was heard of it.
    void save(std::uint32_t device) { touch(device, now_); }
    /// The row that a restart needs of a device named in `Changes`.
    [[nodiscard]] DeviceRow row_of(std::uint32_t device) const;

private:
    /// A reading on its way through the conditions.
    struct Arrival {
        const Reading& reading;
        std::uint32_t device = 0;
        bool late = false;
        bool fresh = false;  // Its number is higher than any before: sent after all that was seen.
        Instant now;
    };
    /// What a reading says to a condition, or to one band of it. One byte: three of them are put
    /// together more slowly than the rest of a quiet reading's way takes.
    struct Verdict {
        bool holds : 1 = false;  // It is true: at the reading, or through it at a later one.
        bool high : 1 = false;   // The value is at `set`, however long.
        bool over : 1 = true;    // It is false: the value is beyond `clear`.
    };
    /// What makes a condition true, from whatever input.
    struct Trigger {
        std::uint32_t device = 0;
        std::uint8_t condition = 0;
        std::optional<double> value;
        Instant at;  // Event time.
        Instant received_at;
        bool late = false;
        bool fresh = false;
        std::string source;
    };

    // engine.cc
    void begin(Instant at);
    void fire_timers(Instant now);
    void on(Instant now, const OnlineChange& change);
    void on(Instant now, const UnreadableMessage& message);
    void on(Instant now, const ValveReport& report);
    void on(Instant now, const Reload& reload);
    void use(std::shared_ptr<const Rulebook> rulebook, Instant now);
    /// The device, made known if it was not.
    DeviceTable::Found know(std::string_view site, std::string_view id, Instant now);
    void touch(std::uint32_t device, Instant now);
    /// By where it is: which bands are in force for it.
    void place(std::uint32_t device);
    /// Of a registered device at the site; empty if there is none.
    [[nodiscard]] Name zone_of(std::string_view site) const;

    // engine_system.cc
    static bool is_of_system(const Alarm& alarm);
    std::uint32_t calendar_alarm();
    /// Raises or clears the alarm that a deadline lies in a year without calendar data.
    void watch_calendar(Instant now);

    // engine_readings.cc
    ReadingVerdict admit(const Name& gateway, const Reading& reading, Instant now);
    Numbering count(Device& device, const Reading& reading, bool same_gateway);
    static Numbering count_anew(Device& device, const Reading& reading);
    void heard(std::uint32_t device, Instant received_at, Instant now);
    void judge(const Arrival& arrival);
    void judge(const Arrival& arrival, std::uint8_t condition, double value);
    void judge_meter(const Arrival& arrival);
    MeterFindings remember_meter(std::uint32_t device, const Reading& reading);
    Meter& meter_of(std::uint32_t device);
    void fit_meter(Meter& meter, std::uint32_t device) const;
    [[nodiscard]] static bool says_nothing(StatusSet status);
    void decide(const Arrival& arrival, std::uint8_t condition, double value, Verdict verdict);
    [[nodiscard]] Verdict weigh(const Arrival& arrival, std::uint8_t condition, double value);
    [[nodiscard]] Verdict weigh(const Arrival& arrival, std::uint8_t condition, std::uint8_t key,
                                const Band& band, double value, bool quiet);
    [[nodiscard]] bool stays_quiet(const Arrival& arrival, std::uint8_t condition,
                                   const BandsInForce& in_force, double value);
    [[nodiscard]] bool stays_clear(const Arrival& arrival, std::uint8_t condition, Verdict verdict);
    void silence(std::uint32_t device, Instant now);
    void supervise(std::uint32_t device, Instant since);

    // engine_alarms.cc
    void raise(const Trigger& trigger, Instant now);
    void clear(std::uint32_t device, std::uint8_t condition, Instant at, Instant now);
    void clear_event(Input input, std::uint32_t device, Instant at, Instant now);
    std::uint32_t alarm_of(std::uint32_t device, std::uint8_t condition);
    void report(std::uint32_t alarm, const Trigger& trigger, Instant now);
    void close_valves(std::uint32_t device, std::uint32_t ticket);
    Alarm& change_alarm(std::uint32_t alarm, Instant now);
    void release_alarms(const Ticket& ticket, Instant now);
    [[nodiscard]] static Instant newest_of(const Device& device);
    [[nodiscard]] bool is_emergency(std::string_view condition) const;
    [[nodiscard]] bool made_safe(const Alarm& alarm) const;
    /// Active, and whatever ticket it needs is open.
    [[nodiscard]] bool stands(const Alarm& alarm, const Condition& condition) const;

    // engine_alarm_actions.cc
    void answer(Reply& reply, const OperatorCommand& command, const AlarmCommand& event,
                Instant now);
    [[nodiscard]] Result<void> set_until(AlarmChange& change, const Alarm& alarm,
                                         std::optional<Instant> until) const;
    void after_action(std::uint32_t alarm, AlarmEvent event, Instant now);
    void act(std::uint32_t alarm, AlarmEvent event, Instant now);
    void annunciate(std::uint32_t alarm, Instant now);
    void on_shelving_timer(std::uint32_t alarm, Instant now);
    void arm_re_alarm(std::uint32_t alarm, Instant now);
    void on_re_alarm_timer(std::uint32_t alarm, Instant now);
    [[nodiscard]] const SiteWindow* window_over(const Alarm& alarm, Instant now) const;
    bool review_window(std::uint32_t alarm, Instant now);
    void review_windows(Instant now);
    void reconcile_alarms(Instant now);
    void use_windows(Instant now);

    // engine_commands.cc
    void on(Instant now, const OperatorCommand& command);
    void answer(Reply& reply, const OperatorCommand& command, const FaultReport& report,
                Instant now);
    void answer(Reply& reply, const OperatorCommand& command, const TicketCommand& event,
                Instant now);
    [[nodiscard]] Result<Evidence> evidence_of(const OperatorCommand& command,
                                               const FaultReport& report, Instant now) const;
    void remember(const std::string& key, const std::string& ticket_id);

    // engine_groups.cc
    void hear(std::uint16_t gateway, Instant now) {
        if (gateways_.hear(gateway, now)) gateway_returned(gateway, now);
    }
    void watch(std::uint32_t device);
    void expect(std::uint32_t device, Instant since);
    bool hold_back(std::uint32_t device, Instant now);
    void gateway_returned(std::uint16_t gateway, Instant now);
    void review_gateways(Instant now);
    void recover_gateways();
    void raise_group(Input input, std::uint32_t group, double members, Instant now);
    [[nodiscard]] const Alarm* standing(Input input, std::uint32_t group) const;
    void join_group(const Alarm& alarm, Evidence member, Instant now);
    void note_emergency(std::uint32_t ticket, Instant now);
    void join_area(const Alarm& area, std::uint32_t ticket, Instant now);
    [[nodiscard]] const Alarm* area_over(std::uint32_t zone) const;
    [[nodiscard]] bool is_grouped(const Page& page) const;
    void group_pages(Instant now);
    void page_area(std::uint32_t zone, const AreaTable::Call& call, Instant now);
    void send_area_page(std::uint32_t zone, const AreaTable::Call& call, Instant now);
    void recover_areas();

    static constexpr std::uint32_t kNoEntry = UINT32_MAX;
    [[nodiscard]] std::uint32_t entry_of_device(std::uint32_t device) const {
        return device < entry_of_.size() ? entry_of_[device] : kNoEntry;
    }
    /// The hold in which a condition's off-delay runs; `high` in it is a value beyond `clear`.
    static std::uint64_t alarm_key(std::uint32_t device, std::uint8_t condition) {
        return (std::uint64_t{device} << 8) | condition;
    }

    std::shared_ptr<const Rulebook> rulebook_;
    ConditionPlan plan_;
    std::unordered_map<std::string_view, std::uint8_t>
        condition_index_;  // Views into the rulebook.
    std::unordered_map<std::uint32_t, std::vector<std::uint32_t>> valves_by_site_;
    std::vector<std::uint32_t> zone_by_site_;  // Of a registered device there.
    std::unordered_map<std::string_view, std::vector<std::uint32_t>>
        windows_by_site_;                  // Views into the rulebook's windows.
    std::vector<std::uint32_t> entry_of_;  // By device: its place in the registry, or kNoEntry.
    Changes changes_;
    TimerQueue timers_;
    TicketBook book_{changes_, timers_};
    DeviceTable devices_;
    HoldTable holds_;
    TraceTable traces_;
    MeterTable meters_;
    GatewayTable gateways_;
    AreaTable areas_;
    std::vector<bool> counted_;                  // By ticket: an emergency that its area knows.
    std::vector<std::uint32_t> areas_opened_;    // Zones, in this step.
    std::vector<std::uint32_t> area_pages_due_;  // The same.
    std::size_t effects_before_ = 0;             // This step.
    std::deque<Alarm> alarms_;
    std::vector<bool> alarm_named_;  // In changes_.alarms.
    std::unordered_map<std::uint64_t, std::uint32_t> alarm_by_key_;
    std::unordered_map<std::string_view, std::uint32_t> alarm_by_id_;  // Views into alarms_.
    std::unordered_map<std::string, std::vector<std::uint32_t>> alarms_by_ticket_;
    std::unordered_map<std::string, std::string> idempotency_;
    std::deque<std::string> idempotency_order_;
    EngineCounts counts_;
    bool calendar_lacks_year_ = false;  // For the deadline of some open ticket.
    Instant now_;
};

}  // namespace mercaptan::processor
