#include "processor/io/replay_store.h"

#include "processor/io/rows.h"

namespace mercaptan::processor {
namespace {

bool is_read_at_start(StoreTable of) {
    switch (of) {
        case StoreTable::devices:
        case StoreTable::alarms:
        case StoreTable::tickets:
        case StoreTable::versions:
        case StoreTable::idempotency:
        case StoreTable::meta:
        case StoreTable::alarm_order:
            return true;
        default:
            return false;
    }
}

}  // namespace

void ReplayStore::put(StoreTable of, std::string_view key, std::string_view value) {
    tables_[table(of)].insert_or_assign(std::string{key}, std::string{value});
}

void ReplayStore::end_journal_at(std::uint64_t commit) {
    journal_key(journal_end_, commit + 1);
}

Result<void> ReplayStore::write(const store::Batch& batch, store::Sync /*sync*/) {
    batch.for_each(
        [&](const store::Batch::Write& write, std::string_view key, std::string_view value) {
            const auto of = static_cast<StoreTable>(write.table);
            if (!is_read_at_start(of)) return;
            if (write.kind == store::Batch::Write::Kind::erase) {
                tables_[write.table].erase(std::string{key});
            } else {
                put(of, key, value);
            }
        });
    return {};
}

Result<std::optional<std::string>> ReplayStore::get(store::Table of, std::string_view key) const {
    const auto found = tables_[of].find(key);
    return found == tables_[of].end() ? std::nullopt : std::optional{found->second};
}

Result<void> ReplayStore::scan(store::Table of, std::string_view from, std::string_view to,
                               const Visit& visit) const {
    if (of == table(StoreTable::journal)) {
        return recorded_.scan(of, from, to.empty() ? std::string_view{journal_end_} : to, visit);
    }
    for (auto at = tables_[of].lower_bound(from); at != tables_[of].end(); ++at) {
        if (!to.empty() && at->first >= to) break;
        if (!visit(at->first, at->second)) break;
    }
    return {};
}

Result<void> ReplayStore::scan_back(store::Table of, std::string_view from, std::string_view to,
                                    const Visit& visit) const {
    if (of == table(StoreTable::journal)) {
        return recorded_.scan_back(of, from, to.empty() ? std::string_view{journal_end_} : to,
                                   visit);
    }
    const Rows& rows = tables_[of];
    for (auto at = to.empty() ? rows.end() : rows.lower_bound(to); at != rows.begin();) {
        --at;
        if (at->first < from || !visit(at->first, at->second)) break;
    }
    return {};
}

}  // namespace mercaptan::processor
