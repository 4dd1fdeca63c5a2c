#include "processor/io/tables.h"

#include <array>

#include "processor/io/bytes.h"

namespace mercaptan::processor {

namespace {

// A key that is not ours is kept: it is evidence of damage.
template <class Number>
std::function<bool(std::string_view)> before(const std::atomic<Number>& first) {
    return [&first](std::string_view key) {
        return key.size() >= sizeof(Number) &&
               bytes::Reader{key}.big_endian<Number>() < first.load(std::memory_order_relaxed);
    };
}

}  // namespace

std::vector<store::TableOptions> store_tables(const Retention* retention) {
    static constexpr std::array<std::string_view, kStoreTableCount> kNames{
        "history",     "journal",   "devices", "alarms",    "tickets",     "ticket_log",
        "effects",     "positions", "people",  "feed",      "idempotency", "meta",
        "alarm_order", "versions",  "notices", "alarm_log", "starts",      "rulebooks"};
    std::vector<store::TableOptions> tables;
    tables.reserve(kNames.size());
    for (const std::string_view name : kNames) tables.push_back({.name = std::string{name}});
    if (retention != nullptr) {
        tables[table(StoreTable::history)].droppable = before(retention->first_day);
        tables[table(StoreTable::alarm_log)].droppable = before(retention->first_day);
        tables[table(StoreTable::journal)].droppable = before(retention->first_journal_commit);
        tables[table(StoreTable::starts)].droppable = before(retention->first_start_commit);
    }
    return tables;
}

}  // namespace mercaptan::processor
