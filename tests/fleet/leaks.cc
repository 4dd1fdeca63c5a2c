#include "tests/fleet/leaks.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <unordered_set>

namespace mercaptan::fleet {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kRoomDetectors = 3;
constexpr Millis kSlowRise = 60s;
constexpr Millis kRoomsRise = 2s;
constexpr Millis kRoomsStagger = 3s;  // From one room to the next.
constexpr Millis kMainRise = 20s;
constexpr Millis kMainStagger = 500ms;  // From one site to the next.
constexpr double kRandomPeakMin = 25;
constexpr double kRandomPeakMax = 90;
/// Random leaks start within the first part of a run, so that each has time to be noticed.
constexpr double kRandomWithin = 0.8;

Millis rise_of(const LeakSpec& spec) {
    if (spec.over > Millis{0}) return spec.over;
    switch (spec.kind) {
        case LeakKind::slow:
            return kSlowRise;
        case LeakKind::sudden:
            return Millis{0};
        case LeakKind::rooms:
            return kRoomsRise;
        case LeakKind::main:
            return kMainRise;
    }
    return Millis{0};
}

std::vector<std::uint32_t> of_kind(const District& district, const std::string& site,
                                   DeviceKind kind) {
    std::vector<std::uint32_t> found;
    const auto devices = district.by_site.find(site);
    if (devices == district.by_site.end()) return found;
    for (const std::uint32_t index : devices->second) {
        if (district.devices[index].kind == kind) found.push_back(index);
    }
    return found;
}

class Planner {
public:
    Planner(const District& district, Rng& rng) : district_(district), rng_(rng) {
        order_ = district.sites;
        for (std::size_t i = order_.size(); i > 1; --i) {
            std::swap(order_[i - 1], order_[rng_.below(i)]);
        }
        for (const std::string& site : order_) {
            zone_of_[site] = district.devices[district.by_site.at(site).front()].zone;
        }
    }

    Result<void> place(Leak& leak) {
        if (leak.spec.kind == LeakKind::main) return place_main(leak);
        const std::size_t detectors = leak.spec.kind == LeakKind::rooms ? kRoomDetectors : 1;
        if (leak.spec.site.empty()) {
            const auto found = std::find_if(order_.begin(), order_.end(), [&](const auto& site) {
                return is_free(site, detectors);
            });
            if (found == order_.end()) return none_left(leak, detectors);
            return take(leak, *found, detectors);
        }
        if (!is_free(leak.spec.site, detectors)) return none_left(leak, detectors);
        return take(leak, leak.spec.site, detectors);
    }

private:
    bool is_free(const std::string& site, std::size_t detectors) const {
        return !taken_.contains(site) &&
               of_kind(district_, site, DeviceKind::leak_detector).size() >= detectors;
    }

    Result<void> none_left(const Leak& leak, std::size_t detectors) const {
        const std::string where = leak.spec.site.empty() ? "any site" : "site " + leak.spec.site;
        return fail(ErrorCode::invalid_input, leak.id + ": needs " + where + " with " +
                                                  std::to_string(detectors) +
                                                  " leak detector(s) and without another leak");
    }

    Result<void> take(Leak& leak, const std::string& site, std::size_t detectors) {
        taken_.insert(site);
        leak.sites.push_back(site);
        auto found = of_kind(district_, site, DeviceKind::leak_detector);
        found.resize(detectors);
        leak.devices.insert(leak.devices.end(), found.begin(), found.end());
        return {};
    }

    Result<void> place_main(Leak& leak) {
        std::string zone = leak.spec.zone;
        for (const std::string& site : order_) {
            if (leak.sites.size() == leak.spec.sites) break;
            if (!is_free(site, 1)) continue;
            if (zone.empty()) zone = zone_of_.at(site);
            if (zone_of_.at(site) != zone) continue;
            (void)take(leak, site, 1);
        }
        if (leak.sites.empty()) return none_left(leak, 1);
        for (const std::string& site : leak.sites) {
            const auto sensors = of_kind(district_, site, DeviceKind::pressure_sensor);
            leak.devices.insert(leak.devices.end(), sensors.begin(), sensors.end());
        }
        return {};
    }

    const District& district_;
    Rng& rng_;
    std::vector<std::string> order_;
    std::unordered_map<std::string, std::string> zone_of_;
    std::unordered_set<std::string> taken_;
};

std::string leak_id(std::size_t number) {
    std::array<char, 24> text{};
    std::snprintf(text.data(), text.size(), "leak-%04zu", number);
    return text.data();
}

}  // namespace

std::string_view to_text(LeakKind kind) {
    switch (kind) {
        case LeakKind::slow:
            return "slow";
        case LeakKind::sudden:
            return "sudden";
        case LeakKind::rooms:
            return "rooms";
        case LeakKind::main:
            return "main";
    }
    return "unknown";
}

double leak_level(const LeakSpec& spec, std::size_t nth, std::int64_t elapsed_ms) {
    Millis stagger{0};
    if (spec.kind == LeakKind::rooms) stagger = kRoomsStagger;
    if (spec.kind == LeakKind::main) stagger = kMainStagger;
    const std::int64_t since = elapsed_ms - stagger.count() * static_cast<std::int64_t>(nth);
    const std::int64_t rise = rise_of(spec).count();
    if (since < 0) return 0;
    if (since >= rise) return spec.peak_lel_pct;
    return spec.peak_lel_pct * static_cast<double>(since) / static_cast<double>(rise);
}

Result<std::vector<Leak>> plan_leaks(const Options& options, const District& district, Rng& rng) {
    Planner planner(district, rng);
    std::vector<Leak> leaks;
    // Leaks with a place come first, so that a random one can't take it.
    std::vector<LeakSpec> specs = options.leaks;
    std::stable_partition(specs.begin(), specs.end(),
                          [](const LeakSpec& spec) { return !spec.site.empty(); });
    const double within_s = options.random_leaks_within_s > 0 ? options.random_leaks_within_s
                                                              : options.duration_s * kRandomWithin;
    const double step_ms =
        within_s * 1000 / static_cast<double>(std::max<std::size_t>(1, options.random_leaks));
    for (std::size_t i = 0; i < options.random_leaks; ++i) {
        LeakSpec spec;
        spec.at =
            Millis{static_cast<std::int64_t>((static_cast<double>(i) + rng.uniform()) * step_ms)};
        spec.peak_lel_pct = rng.between(kRandomPeakMin, kRandomPeakMax);
        specs.push_back(spec);
    }
    for (const LeakSpec& spec : specs) {
        Leak leak;
        leak.id = leak_id(leaks.size() + 1);
        leak.spec = spec;
        const auto placed = planner.place(leak);
        if (!placed) return Failure{placed.error()};
        leaks.push_back(std::move(leak));
    }
    return leaks;
}

}  // namespace mercaptan::fleet
