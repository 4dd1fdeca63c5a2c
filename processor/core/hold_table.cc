#include "processor/core/hold_table.h"

#include <algorithm>

namespace mercaptan::processor {

void RecentTimes::add(Instant at) {
    std::array<Instant, kMax + 1> all;
    std::size_t count = 0;
    for_each([&](Instant each) { all[count++] = each; });
    const auto end = all.begin() + static_cast<std::ptrdiff_t>(count);
    const auto place = std::lower_bound(all.begin(), end, at);
    if (place != end && *place == at) return;
    std::move_backward(place, end, end + 1);
    *place = at;
    newest_ = all[count++];
    const auto kept = [&](Instant each) { return newest_ - each <= Duration{UINT32_MAX}; };
    std::size_t first = count > kMax ? 1 : 0;
    while (!kept(all[first])) ++first;
    count_ = static_cast<std::uint8_t>(count - first);
    for (std::size_t i = 0; i + 1 < count_; ++i) {
        before_ms_[i] = static_cast<std::uint32_t>((newest_ - all[first + i]).count());
    }
}

bool ConditionHolds::add_low(Instant at) {
    if (holds_ == nullptr) low_.add(at);
    return holds_ == nullptr;
}

Hold& ConditionHolds::of(std::uint8_t band) {
    return find_or_add(band, low_);
}

Hold& ConditionHolds::clearing() {
    return find_or_add(kClearing, {});
}

std::span<const ConditionHolds::Keyed> ConditionHolds::holds() const {
    return holds_ == nullptr ? std::span<const Keyed>{} : std::span<const Keyed>{*holds_};
}

Hold& ConditionHolds::find_or_add(std::uint8_t band, const RecentTimes& low) {
    if (holds_ == nullptr) holds_ = std::make_unique<std::vector<Keyed>>();
    for (Keyed& keyed : *holds_) {
        if (keyed.band == band) return keyed.hold;
    }
    std::vector<Sample> samples;
    low.for_each([&](Instant at) { samples.push_back({at, Level::low}); });
    return holds_->emplace_back(Keyed{band, Hold::from(std::move(samples))}).hold;
}

ConditionHolds& HoldTable::at(std::uint32_t device, std::uint8_t condition) {
    if (device >= heads_.size()) heads_.resize(device + 1, kNone);
    for (std::uint32_t i = heads_[device]; i != kNone; i = entries_[i].next) {
        if (entries_[i].condition == condition) return entries_[i].holds;
    }
    Entry& entry = entries_.push_back({});
    entry.next = heads_[device];
    entry.condition = condition;
    heads_[device] = static_cast<std::uint32_t>(entries_.size() - 1);
    return entry.holds;
}

}  // namespace mercaptan::processor
