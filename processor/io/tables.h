#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>
#include <vector>

#include "common/store/rocks_store.h"
#include "common/store/store.h"

namespace mercaptan::processor {

/// Of the key grammar and the value codecs (README.md). A store of another version is refused.
inline constexpr std::uint32_t kStoreFormatVersion = 2;

/// The row of `meta` that holds kStoreFormatVersion as decimal text.
inline constexpr std::string_view kMetaFormatKey = "format";

/// The processor's tables, in the order in which the store is opened: append, never reorder.
enum class StoreTable : store::Table {
    history,
    journal,
    devices,
    alarms,
    tickets,
    ticket_log,
    effects,
    positions,
    people,
    feed,
    idempotency,
    meta,
    alarm_order,  // An index of alarms, newest first; made anew where it lacks.
    versions,     // Files of policies and calendars that tickets are pinned to.
    notices,
    alarm_log,  // What alarms did.
    starts,     // What a process found when it began: where a replay can begin.
    rulebooks,  // The files of every rulebook that was in force.
};
inline constexpr std::size_t kStoreTableCount = 18;

[[nodiscard]] constexpr store::Table table(StoreTable name) {
    return static_cast<store::Table>(name);
}

/// What is older may vanish. Rises only; must outlive the store that was opened with it.
struct Retention {
    /// Days since 1970: of event time for history, of record time for alarm_log.
    std::atomic<std::uint32_t> first_day{0};
    std::atomic<std::uint64_t> first_journal_commit{0};
    std::atomic<std::uint64_t> first_start_commit{0};
};

/// The tables with their names; with nullptr nothing vanishes.
[[nodiscard]] std::vector<store::TableOptions> store_tables(const Retention* retention = nullptr);

}  // namespace mercaptan::processor
