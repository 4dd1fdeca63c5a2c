#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "processor/core/device.h"
#include "processor/core/effect.h"
#include "processor/core/hold.h"
#include "processor/core/record.h"
#include "processor/core/timer_queue.h"

namespace mercaptan::processor {

/// What steps changed since `clear_changes`: all of it must be committed together with the source's
/// position before any effect is performed. Indexes are into the engine's own lists; each is named
/// once however often it changed.
struct Changes {
    std::vector<std::uint32_t> devices;  // Rows that a restart could not do without.
    std::vector<std::uint32_t> alarms;
    std::vector<std::uint32_t> tickets;
    std::vector<LogEntry> log;
    std::vector<std::pair<std::string, std::string>> idempotency;  // Key and its answer's ticket.
    std::vector<Effect> effects;
    std::vector<Reply> replies;
    bool emergency = false;  // A Class 1 ticket was opened or a Class 1 matter moved: commit now.
};

/// What became of a reading.
struct ReadingVerdict {
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
    explicit Engine(std::shared_ptr<const Rulebook> rulebook, Instant now);

    /// Applies one record. `record.at` must not be before that of the last.
    void step(const Record& record);
    /// The same for a reading, without the copy into a Record: the hot path.
    ReadingVerdict step(Instant at, const Name& gateway, const Reading& reading);

    /// When the shell must send a Tick next, or nullopt if nothing is pending.
    [[nodiscard]] std::optional<Instant> next_deadline() const;

    [[nodiscard]] const Changes& changes() const { return changes_; }
    void clear_changes();

    // What a committed state is read from.
    [[nodiscard]] const Device& device(std::uint32_t index) const { return devices_.at(index); }
    [[nodiscard]] const Alarm& alarm(std::uint32_t index) const { return alarms_.at(index); }
    [[nodiscard]] const Ticket& ticket(std::uint32_t index) const { return tickets_.at(index); }
    [[nodiscard]] std::size_t device_count() const { return devices_.size(); }
    [[nodiscard]] const Ticket* find_ticket(std::string_view id) const;
    [[nodiscard]] const Alarm* find_alarm(std::string_view id) const;
    [[nodiscard]] const Rulebook& rulebook() const { return *rulebook_; }
    [[nodiscard]] const EngineCounts& counts() const { return counts_; }
    [[nodiscard]] std::vector<TicketTally> tally() const;
    /// Running clocks whose deadline has passed and that nobody has ended, by clock name.
    [[nodiscard]] std::map<std::string, std::uint64_t> overdue_clocks() const;

    // Recovery: the rows of the last commit, in any order, then `recovered`.
    void restore(const DeviceRow& row);
    void restore(const Alarm& alarm);
    void restore(const Ticket& ticket);
    void restore_idempotency(std::string key, std::string ticket_id);
    /// A reading committed after its device's row: only moves what was last seen.
    void catch_up(const Reading& reading);
    /// All rows are in: arms every timer. Overdue ones fire at the next step, with their lateness.
    void recovered(Instant now);
};

}  // namespace mercaptan::processor
