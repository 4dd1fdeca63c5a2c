#include "gateway/quarantine.h"

#include "gateway/rows.h"

namespace mercaptan::gateway {

Result<void> Quarantine::recover() {
    bool first = true;
    return store_->scan(kQuarantine, {}, {}, [&](std::string_view key, std::string_view value) {
        const auto id = parse_quarantine_key(key);
        if (!id) return true;
        if (first) first_ = *id;
        first = false;
        // Ids are dense: the oldest are dropped, and a power cut takes the newest.
        sizes_.resize(static_cast<std::size_t>(*id - first_), 0);
        sizes_.push_back(static_cast<std::uint32_t>(value.size()));
        bytes_ += value.size();
        return true;
    });
}

void Quarantine::drop_oldest(store::Batch& batch) {
    batch.erase(kQuarantine, quarantine_key(first_));
    bytes_ -= sizes_.front();
    sizes_.pop_front();
    ++first_;
    ++dropped_;
}

void Quarantine::add(const QuarantineEntry& entry, store::Batch& batch) {
    write_quarantine_value(entry, value_);
    batch.put(kQuarantine, quarantine_key(first_ + sizes_.size()), value_);
    sizes_.push_back(static_cast<std::uint32_t>(value_.size()));
    bytes_ += value_.size();
    while (sizes_.size() > 1 &&
           (sizes_.size() > limits_.entries_max || bytes_ > limits_.bytes_max)) {
        drop_oldest(batch);
    }
}

Result<QuarantinePage> Quarantine::list(const store::Store& store, std::size_t limit,
                                        std::size_t bytes_max,
                                        std::optional<std::uint64_t> before) {
    QuarantinePage page;
    std::size_t bytes = 0;
    const std::string to = before ? quarantine_key(*before) : std::string{};
    auto scanned =
        store.scan_back(kQuarantine, {}, to, [&](std::string_view key, std::string_view value) {
            const auto id = parse_quarantine_key(key);
            if (!id) return true;
            if (page.rows.size() == limit || bytes >= bytes_max) {
                page.next = page.rows.back().id;
                return false;
            }
            bytes += value.size();
            QuarantinePage::Row& row = page.rows.emplace_back();
            row.id = *id;
            if (!read_quarantine_value(value, row.entry)) {
                row.entry.reason = "the stored entry is damaged";
            }
            return true;
        });
    if (!scanned) return Failure{scanned.error()};
    return page;
}

}  // namespace mercaptan::gateway
