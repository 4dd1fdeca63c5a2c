#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/domain/instant.h"
#include "common/domain/reading.h"
#include "processor/core/blocks.h"
#include "processor/core/packed.h"

namespace mercaptan::processor {

/// What a meter's behaviour tells, after the safety functions of the Japanese micom meter. The
/// names are those of rules.yaml.
enum class MeterRule : std::uint8_t {
    excess_flow,        // More than the meter's size allows.
    sudden_increase,    // More at once than the largest appliance takes.
    steady_flow,        // Unchanged for longer than an appliance of that flow runs.
    never_still,        // In so many days no hour without flow: a small leak.
    low_pressure,       // Too little pressure while gas flows.
    closed_valve_flow,  // Gas flows although the valve is closed.
    index_back,         // The index is lower than before, or higher than can be.
    index_frozen,       // Gas flows and the index stands.
};
inline constexpr std::size_t kMeterRuleCount = 8;

[[nodiscard]] std::string_view to_string(MeterRule rule);
/// The unit of a finding's value.
[[nodiscard]] std::string_view unit_of(MeterRule rule);

/// The limits of one size of meter, in m3/h.
struct MeterLimits {
    double size = 0;
    double total = 0;
    double increase = 0;
};

/// How long a flow may stay unchanged, by its share of the meter's size.
struct SteadyLimit {
    double share = 0;  // At least this.
    Duration longest{0};
};

/// The figures that the rules judge by.
struct MeterFigures {
    std::vector<MeterLimits> limits;  // For sizes without a row: the factors times the size.
    double total_factor = 1.82;
    double increase_factor = 1.4;
    std::vector<SteadyLimit> steady;  // Rising shares.
    double steady_within = 0.05;      // Unchanged: by no more than this part of it.
    Duration still{3'600'000};        // Without flow this long the pipe is tight.
    Duration never_still_for{2'592'000'000};
    double pressure_min_kpa = 0.2;
    double flow_min_m3h = 0.03;   // Less is no flow.
    double index_step_m3 = 0.03;  // An index may step back, or creep, by this much.
    Duration index_over{60'000};  // Two readings closer than this tell no flow by their index.
    double possible_factor = 10;  // No meter lets so many times its size pass: another count.
    Duration frozen_for{86'400'000};
    Duration gap_max{7'200'000};  // What happened in a longer silence is not known.

    [[nodiscard]] MeterLimits of_size(double size) const;
};

/// What a reading says of a meter.
struct MeterReading {
    Instant at;  // Event time.
    std::optional<double> volume_m3;
    std::optional<double> flow_m3h;
    std::optional<double> pressure_kpa;
    std::optional<bool> closed;  // Its valve.

    static MeterReading of(const Reading& reading);
};

struct MeterPoint {
    Instant at;
    double volume_m3 = 0;
    bool closed = false;
    bool operator==(const MeterPoint&) const = default;
};

/// The last few index points of a meter, in event order and each once.
class MeterPoints {
public:
    static constexpr std::size_t kMax = 8;

    MeterPoints() = default;
    MeterPoints(std::initializer_list<MeterPoint> points) {
        for (const MeterPoint& point : points) add(point);
    }
    [[nodiscard]] std::size_t size() const { return count_; }
    [[nodiscard]] bool empty() const { return count_ == 0; }
    [[nodiscard]] MeterPoint operator[](std::size_t i) const {
        return {at_[i], volume_m3_[i], (closed_ >> i & 1U) != 0};
    }
    [[nodiscard]] MeterPoint back() const { return (*this)[size() - 1]; }
    /// Where the point is, or would be put.
    [[nodiscard]] std::size_t place_of(const MeterPoint& point) const;
    /// Beyond kMax the oldest goes.
    void add(const MeterPoint& point);
    bool operator==(const MeterPoints& other) const;

private:
    void put(std::size_t i, const MeterPoint& point);

    // Apart from each other, so that they leave no gaps.
    std::array<Instant, kMax> at_{};
    std::array<double, kMax> volume_m3_{};
    std::uint8_t closed_ = 0;  // A bit for each.
    std::uint8_t count_ = 0;
};

/// What is remembered of a meter: small, because there are a quarter of a million of them.
struct MeterState {
    Packed<Instant> installed_on{};  // By the registry: another one is another meter.
    Packed<Instant> newest{};
    MeterPoints recent{};
    Packed<double> flow{};  // Of the newest reading that told it.
    Packed<double> steady_flow{};
    Packed<Instant> steady_since{};
    Packed<Instant> still_since{};
    Packed<Instant> moving_since{};
    Packed<Instant> frozen_since{};
    bool operator==(const MeterState&) const = default;

    static constexpr std::size_t kRecentMax = MeterPoints::kMax;
};
static_assert(sizeof(MeterState) == 200);

struct MeterFinding {
    bool holds = false;
    double value = 0;
};
using MeterFindings = std::array<std::optional<MeterFinding>, kMeterRuleCount>;

/// Judges a reading and remembers it. A rule that the reading says nothing to has no finding.
///
/// The two rules that can be emergencies, excess flow and flow behind a closed valve, are judged by
/// what a reading says itself and by the index between it and its neighbours in event order, so a
/// late reading is judged as well; the average over a longer time never exceeds the highest of its
/// parts, so the order of arrival makes no difference. All other rules look at newest readings
/// only. `size` in m3/h; without it the rules that need it have no finding.
[[nodiscard]] MeterFindings judge_meter(MeterState& state, const MeterReading& reading,
                                        std::optional<double> size, const MeterFigures& figures);

/// A meter as the core holds it.
struct Meter {
    MeterState state;
    Packed<double> size{};  // In m3/h, by the rules.
};

/// The meters by device. A device that is no meter costs four bytes at most.
class MeterTable {
public:
    struct Found {
        Meter& meter;
        bool added;
    };
    [[nodiscard]] Found find_or_add(std::uint32_t device) {
        if (device >= places_.size()) places_.resize(device + 1, kNone);
        const bool added = places_[device] == kNone;
        if (added) {
            places_[device] = static_cast<std::uint32_t>(meters_.size());
            meters_.push_back({});
        }
        return {meters_[places_[device]], added};
    }
    [[nodiscard]] Meter* find(std::uint32_t device) {
        return knows(device) ? &meters_[places_[device]] : nullptr;
    }
    [[nodiscard]] const Meter* find(std::uint32_t device) const {
        return knows(device) ? &meters_[places_[device]] : nullptr;
    }
    /// A reading of the device comes next.
    void foresee(std::uint32_t device) const {
        constexpr std::size_t kCacheLine = 64;
        if (!knows(device)) return;
        const char* at = reinterpret_cast<const char*>(&meters_[places_[device]]);
        for (std::size_t line = 0; line < sizeof(Meter); line += kCacheLine)
            __builtin_prefetch(at + line);
    }

private:
    static constexpr std::uint32_t kNone = UINT32_MAX;
    [[nodiscard]] bool knows(std::uint32_t device) const {
        return device < places_.size() && places_[device] != kNone;
    }
    std::vector<std::uint32_t> places_;  // By device: its place in meters_, or kNone.
    Blocks<Meter> meters_;
};

}  // namespace mercaptan::processor
