#include "processor/core/trace.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace mercaptan::processor {
namespace {

constexpr std::int64_t kCells = 32;

bool before(const TracePoint& a, const TracePoint& b) {
    return std::tie(a.at, a.value) < std::tie(b.at, b.value);
}

}  // namespace

Trace::Rise Trace::add(const TracePoint& point, Duration within) {
    const Duration reach = thinned_ ? within + within / kCells * 2 : within;
    Rise rise;
    for (const TracePoint& other : points_) {
        const Duration apart = point.at - other.at;
        if (apart > Duration{0} && apart <= reach)
            rise.present = std::max(rise.present, point.value - other.value);
        if (apart < Duration{0} && -apart <= reach)
            rise.of = std::max(rise.of, other.value - point.value);
    }
    rise.of = std::max(rise.of, rise.present);
    const auto place = std::lower_bound(points_.begin(), points_.end(), point, before);
    if (place == points_.end() || *place != point) points_.insert(place, point);
    if (points_.size() > kPointsMax) thin(within);
    return rise;
}

Trace Trace::from(std::vector<TracePoint> points) {
    std::sort(points.begin(), points.end(), before);
    Trace trace;
    trace.points_ = std::move(points);
    return trace;
}

void Trace::thin(Duration within) {
    const std::int64_t cell = std::max<std::int64_t>(within.count() / kCells, 1);
    const auto cell_of = [cell](const TracePoint& point) { return point.at.ms / cell; };
    std::vector<TracePoint> kept;
    for (auto begin = points_.begin(); begin != points_.end();) {
        const auto end = std::find_if(begin, points_.end(), [&](const TracePoint& point) {
            return cell_of(point) != cell_of(*begin);
        });
        const auto [lowest, highest] = std::minmax_element(
            begin, end, [](const TracePoint& a, const TracePoint& b) { return a.value < b.value; });
        kept.push_back(*std::min(lowest, highest));
        if (lowest != highest) kept.push_back(*std::max(lowest, highest));
        begin = end;
    }
    thinned_ = thinned_ || kept.size() < points_.size();
    // Room for what comes next, so that not every reading has to thin.
    if (kept.size() > kPointsMax * 3 / 4)
        kept.erase(kept.begin(), kept.end() - static_cast<std::ptrdiff_t>(kPointsMax * 3 / 4));
    points_ = std::move(kept);
}

Trace& TraceTable::at(std::uint32_t device, std::uint8_t condition, std::uint8_t band) {
    if (device >= by_device_.size()) by_device_.resize(device + 1);
    if (by_device_[device] == nullptr) by_device_[device] = std::make_unique<Entries>();
    for (Entry& entry : *by_device_[device]) {
        if (entry.condition == condition && entry.band == band) return entry.trace;
    }
    return by_device_[device]->emplace_back(Entry{condition, band, {}}).trace;
}

const TraceTable::Entries& TraceTable::of(std::uint32_t device) const {
    static const Entries kNone;
    const bool any = device < by_device_.size() && by_device_[device] != nullptr;
    return any ? *by_device_[device] : kNone;
}

}  // namespace mercaptan::processor
