#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "common/store/store.h"
#include "processor/core/alarm.h"
#include "processor/core/ticket_model.h"
#include "processor/io/rows.h"
#include "processor/io/tables.h"
#include "tests/simulation/findings.h"
#include "tests/simulation/truth.h"

namespace mercaptan::simulation {

/// Watches every batch that the processor's disk has: what is true of the rows after each commit.
/// Keeps what it saw for the other checkers.
class StoreChecker {
public:
    StoreChecker(const Truth& truth, Findings& findings) : truth_{truth}, findings_{findings} {}

    void on_written(const store::Batch& batch);

    [[nodiscard]] bool was_committed(std::string_view topic, std::string_view payload) const;
    /// Up to where the gateway's lane and epoch is committed.
    [[nodiscard]] std::uint64_t position(std::string_view gateway, Lane lane,
                                         std::uint64_t epoch) const;
    [[nodiscard]] const std::map<std::string, processor::Ticket>& tickets() const {
        return tickets_;
    }
    [[nodiscard]] const std::map<std::string, processor::Alarm>& alarms() const { return alarms_; }
    [[nodiscard]] const std::vector<processor::LogEntry>& log(const std::string& ticket) const;

    /// Deadlines that have passed by `now` and that nothing was said of.
    void check_overdue(Instant now, Duration slack);

private:
    void on_row(processor::StoreTable table, std::string_view key, std::string_view value);
    void on_ticket(std::string_view value);
    void on_log(std::string_view value);
    void on_history(std::string_view key, std::string_view value);
    void check_log_end(const processor::Ticket& ticket);
    void check_hazard(const std::string& hazard_key);
    void check_breach(const processor::Ticket& ticket, const processor::LogEntry& breach);
    void check_emergencies();

    struct Run {  // Of a clock: one cycle.
        Instant due;
        bool exact = true;  // `due` is what the policy says, and nothing moved it.
        unsigned breaches = 0;
        bool over = false;
    };
    struct Fresh {
        std::uint64_t message;
        bool late;
    };

    const Truth& truth_;
    Findings& findings_;
    std::map<std::string, processor::Ticket> tickets_;
    std::map<std::string, processor::Alarm> alarms_;
    std::map<std::string, std::vector<processor::LogEntry>> log_;
    std::map<std::string, std::map<std::string, Run>> clocks_;  // By ticket and clock.
    std::map<std::string, std::size_t> looked_at_;              // Lines of a ticket's history.
    std::map<std::string, std::set<std::string>> open_by_hazard_;
    std::unordered_set<std::string> effects_;
    std::set<std::string> versions_;  // Keys of the stored ones.
    std::map<std::string, processor::PositionRow> positions_;
    std::optional<std::uint64_t> commit_;
    std::unordered_set<std::uint64_t> told_;  // Messages that told of danger.

    // Of the batch in hand.
    std::set<std::string> tickets_touched_;
    std::set<std::string> ended_;  // Sites whose leak's ticket ended.
    std::vector<Fresh> fresh_;
};

}  // namespace mercaptan::simulation
