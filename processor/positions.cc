#include "processor/positions.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace mercaptan::processor {

Positions::Verdict Positions::take(const Message& message) {
    const Key key{message.gateway, message.lane, message.epoch};
    const bool known = positions_.contains(key);
    Position& position = positions_[key];
    if (!known) forget_old(key);
    if (message.oldest_seq > position.seq + 1) {
        // Never seen before, these were another processor's; after that, they are lost to us.
        if (known) missing_ += message.oldest_seq - position.seq - 1;
        position.seq = message.oldest_seq - 1;
        absorb(position);
    }
    if (message.seq <= position.seq) return Verdict::duplicate;
    auto after = position.ahead.upper_bound(message.seq);
    if (after != position.ahead.begin() && std::prev(after)->second >= message.seq)
        return Verdict::duplicate;
    if (message.seq != position.seq + 1 && position.ahead.size() >= kAheadMax)
        return Verdict::refused;
    join(position, message.seq);
    absorb(position);
    if (!position.changed) {
        position.changed = true;
        changed_.push_back(key);
    }
    return Verdict::taken;
}

void Positions::join(Position& position, std::uint64_t seq) {
    std::uint64_t first = seq;
    std::uint64_t last = seq;
    auto& ahead = position.ahead;
    if (auto after = ahead.find(seq + 1); after != ahead.end()) {
        last = after->second;
        ahead.erase(after);
    }
    const auto above = ahead.upper_bound(seq);
    if (above != ahead.begin() && std::prev(above)->second + 1 == seq) {
        std::prev(above)->second = last;
        return;
    }
    ahead.emplace(first, last);
}

void Positions::absorb(Position& position) {
    auto& ahead = position.ahead;
    while (!ahead.empty() && ahead.begin()->first <= position.seq + 1) {
        position.seq = std::max(position.seq, ahead.begin()->second);
        ahead.erase(ahead.begin());
    }
}

void Positions::forget_old(const Key& key) {
    const auto first = positions_.lower_bound({key.gateway, key.lane, 0});
    const auto last = positions_.upper_bound({key.gateway, key.lane, UINT64_MAX});
    if (static_cast<std::size_t>(std::distance(first, last)) > kEpochsMax &&
        first->first.epoch != key.epoch) {
        std::erase(changed_, first->first);
        positions_.erase(first);
    }
}

PositionRow Positions::row(const Key& key, const Position& position) {
    PositionRow row;
    row.gateway = key.gateway;
    row.lane = key.lane;
    row.epoch = key.epoch;
    row.seq = position.seq;
    for (const auto& [first, last] : position.ahead) row.ahead.push_back({first, last});
    return row;
}

std::vector<PositionRow> Positions::take_changed() {
    std::vector<PositionRow> rows;
    rows.reserve(changed_.size());
    for (const Key& key : changed_) {
        Position& position = positions_.at(key);
        position.changed = false;
        rows.push_back(row(key, position));
    }
    changed_.clear();
    return rows;
}

std::vector<PositionRow> Positions::of(std::string_view gateway) const {
    std::vector<PositionRow> rows;
    for (auto it = positions_.lower_bound({Name{gateway}, Lane::emergency, 0});
         it != positions_.end() && it->first.gateway == gateway; ++it) {
        rows.push_back(row(it->first, it->second));
    }
    return rows;
}

void Positions::restore(PositionRow row) {
    Position& position = positions_[{row.gateway, row.lane, row.epoch}];
    position.seq = row.seq;
    for (const auto& range : row.ahead) position.ahead.emplace(range.first, range.last);
}

}  // namespace mercaptan::processor
