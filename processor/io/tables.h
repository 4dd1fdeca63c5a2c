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
};
inline constexpr std::size_t kStoreTableCount = 15;

[[nodiscard]] constexpr store::Table table(StoreTable name) {
    return static_cast<store::Table>(name);
}

/// The tables with their names. History rows of days (since 1970, of event time) before
/// `*first_kept_day` may vanish; with nullptr nothing does. The number must outlive the store.
[[nodiscard]] std::vector<store::TableOptions> store_tables(
    const std::atomic<std::uint32_t>* first_kept_day = nullptr);

}  // namespace mercaptan::processor
