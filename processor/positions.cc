#include "processor/positions.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace mercaptan::processor {

Positions::Verdict Positions::take(const Message& message) {
    const LaneKey key{message.gateway, message.lane};
    LaneState& lane = lanes_[key];
    const bool known = lane.epochs.contains(message.epoch);
    if (!known || lane.held_from != message.oldest_epoch) {
        lane.held_from = message.oldest_epoch;
        forget_old(key, lane);
    }
    if (!known && lane.epochs.size() >= kEpochsMax) {
        ++epochs_refused_;
        return Verdict::refused;
    }
    Position& position = lane.epochs[message.epoch];
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
        changed_.push_back({key, message.epoch});
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

void Positions::forget_old(const LaneKey& key, LaneState& lane) {
    const auto held = lane.epochs.lower_bound(lane.held_from);
    auto spare = static_cast<std::size_t>(std::distance(lane.epochs.begin(), held));
    for (; spare > kEpochsKept; --spare) {
        const auto& [epoch, position] = *lane.epochs.begin();
        std::uint64_t taken = position.seq;
        for (const auto& [first, last] : position.ahead) {
            missing_ += first - taken - 1;
            taken = last;
        }
        if (position.changed) std::erase(changed_, Key{key, epoch});
        forgotten_.push_back(row(key, epoch, {}));
        lane.epochs.erase(lane.epochs.begin());
    }
}

PositionRow Positions::row(const LaneKey& key, std::uint64_t epoch, const Position& position) {
    PositionRow row;
    row.gateway = key.gateway;
    row.lane = key.lane;
    row.epoch = epoch;
    row.seq = position.seq;
    for (const auto& [first, last] : position.ahead) row.ahead.push_back({first, last});
    return row;
}

std::vector<PositionRow> Positions::take_changed() {
    std::vector<PositionRow> rows;
    rows.reserve(changed_.size());
    for (const Key& key : changed_) {
        Position& position = lanes_.at(key.lane).epochs.at(key.epoch);
        position.changed = false;
        rows.push_back(row(key.lane, key.epoch, position));
    }
    changed_.clear();
    return rows;
}

std::vector<PositionRow> Positions::take_forgotten() {
    return std::exchange(forgotten_, {});
}

std::vector<PositionRow> Positions::of(std::string_view gateway) const {
    std::vector<PositionRow> rows;
    for (const Lane lane : {Lane::emergency, Lane::bulk}) {
        const LaneKey key{Name{gateway}, lane};
        const auto found = lanes_.find(key);
        if (found == lanes_.end()) continue;
        const auto& [epochs, held_from] = found->second;
        for (auto it = epochs.lower_bound(held_from); it != epochs.end(); ++it)
            rows.push_back(row(key, it->first, it->second));
    }
    return rows;
}

void Positions::restore(PositionRow row) {
    Position& position = lanes_[{row.gateway, row.lane}].epochs[row.epoch];
    position.seq = row.seq;
    for (const auto& range : row.ahead) position.ahead.emplace(range.first, range.last);
}

}  // namespace mercaptan::processor
