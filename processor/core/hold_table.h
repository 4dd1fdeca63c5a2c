#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "processor/core/blocks.h"
#include "processor/core/hold.h"

namespace mercaptan::processor {

/// The times of the last few samples, in order and each once. Packed: those more than 49 days older
/// than the newest are forgotten too.
class RecentTimes {
public:
    static constexpr std::size_t kMax = Hold::kIdleSamplesMax;
    void add(Instant at);
    /// Calls `visit(at)` for each, the oldest first.
    template <class Visit>
    void for_each(Visit&& visit) const {
        for (std::size_t i = 0; i + 1 < count_; ++i) visit(newest_ - Duration{before_ms_[i]});
        if (count_ > 0) visit(newest_);
    }

private:
    Instant newest_;
    std::array<std::uint32_t, kMax - 1> before_ms_{};  // How long before it the others were.
    std::uint8_t count_ = 0;
};

/// What a device's samples say of one condition, for each of its bands that must hold for a while.
///
/// Nearly all devices are low in every band all their lives. Then the times of the last samples say
/// everything, and the holds are made of them when the first sample says otherwise.
class ConditionHolds {
public:
    static constexpr std::uint8_t kClearing = UINT8_MAX;
    struct Keyed {
        std::uint8_t band = 0;  // Or kClearing.
        Hold hold;
    };

    /// Adds a low sample of every band; false if there are holds, which have to be told.
    [[nodiscard]] bool add_low(Instant at);
    /// The hold of the band. There are holds from now on, which begin with the low samples so far.
    [[nodiscard]] Hold& of(std::uint8_t band);
    /// Of being clear for a while, which ends a condition with an off-delay; empty at first.
    [[nodiscard]] Hold& clearing();
    /// None while all is low.
    [[nodiscard]] std::span<const Keyed> holds() const;

private:
    Hold& find_or_add(std::uint8_t band, const RecentTimes& low);

    RecentTimes low_;
    std::unique_ptr<std::vector<Keyed>> holds_;
};

/// The holds of all devices, by device and condition.
class HoldTable {
public:
    struct Entry {
        std::uint32_t next = kNone;  // Of the same device.
        std::uint8_t condition = 0;  // Index in the rules.
        ConditionHolds holds;
    };

    /// Makes an empty one if there is none.
    [[nodiscard]] ConditionHolds& at(std::uint32_t device, std::uint8_t condition);

    /// Calls `visit(condition, band, hold)` for each hold of the device.
    template <class Visit>
    void for_each(std::uint32_t device, Visit&& visit) const {
        for (std::uint32_t i = head(device); i != kNone; i = entries_[i].next) {
            for (const auto& [band, hold] : entries_[i].holds.holds()) {
                visit(entries_[i].condition, band, hold);
            }
        }
    }

    /// A reading of the device comes soon, then next.
    void foresee_head(std::uint32_t device) const {
        if (device < heads_.size()) __builtin_prefetch(&heads_[device]);
    }
    void foresee(std::uint32_t device) const {
        if (const std::uint32_t first = head(device); first != kNone) {
            __builtin_prefetch(&entries_[first]);
        }
    }

    /// The rules have changed: `carried(index)` is a condition's new index, or nullopt if it is
    /// gone and its holds with it.
    template <class Carried>
    void renumber(Carried&& carried) {
        for (std::size_t i = 0; i < entries_.size(); ++i) {
            Entry& entry = entries_[i];
            if (entry.condition == kGone) continue;
            entry.condition = carried(entry.condition).value_or(kGone);
            if (entry.condition == kGone) entry.holds = {};
        }
    }

private:
    static constexpr std::uint32_t kNone = UINT32_MAX;
    static constexpr std::uint8_t kGone = UINT8_MAX;
    [[nodiscard]] std::uint32_t head(std::uint32_t device) const {
        return device < heads_.size() ? heads_[device] : kNone;
    }

    std::vector<std::uint32_t> heads_;  // By device.
    Blocks<Entry> entries_;
};

}  // namespace mercaptan::processor
