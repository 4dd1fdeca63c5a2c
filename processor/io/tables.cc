#include "processor/io/tables.h"

#include <array>

#include "processor/io/rows.h"

namespace mercaptan::processor {

std::vector<store::TableOptions> store_tables(const std::atomic<std::uint32_t>* first_kept_day) {
    static constexpr std::array<std::string_view, kStoreTableCount> kNames{
        "history",     "journal", "devices",     "alarms",   "tickets",
        "ticket_log",  "effects", "positions",   "people",   "feed",
        "idempotency", "meta",    "alarm_order", "versions", "notices"};
    std::vector<store::TableOptions> tables;
    tables.reserve(kNames.size());
    for (const std::string_view name : kNames) tables.push_back({.name = std::string{name}});
    if (first_kept_day != nullptr) {
        tables[table(StoreTable::history)].droppable = [first_kept_day](std::string_view key) {
            // A key that is not ours is kept: it is evidence of damage.
            return key.size() >= sizeof(std::uint32_t) &&
                   history_key_day(key) < first_kept_day->load(std::memory_order_relaxed);
        };
    }
    return tables;
}

}  // namespace mercaptan::processor
