#include "processor/core/hold.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace mercaptan::processor {
namespace {

/// Of two samples of one instant the graver counts last: an emergency is not talked away.
bool before(const Sample& a, const Sample& b) {
    return std::tie(a.at, a.level) < std::tie(b.at, b.level);
}

}  // namespace

void Hold::insert(const Sample& sample) {
    const auto place = std::lower_bound(samples_.begin(), samples_.end(), sample, before);
    if (place == samples_.end() || *place != sample) samples_.insert(place, sample);
}

bool Hold::add(const Sample& sample, Duration on_delay) {
    insert(sample);
    const auto place = std::lower_bound(samples_.begin(), samples_.end(), sample, before);
    const auto index = static_cast<std::size_t>(place - samples_.begin());
    const auto is_high = [](const Sample& s) { return s.level == Level::high; };
    if (samples_.size() > kIdleSamplesMax && idle()) {
        samples_.erase(samples_.begin());
        return false;
    }
    if (sample.level == Level::low) {
        thin(on_delay);
        return false;
    }
    const auto is_low = [](const Sample& s) { return s.level == Level::low; };
    const auto at = samples_.begin() + static_cast<std::ptrdiff_t>(index);
    const auto run_end = std::find_if(at, samples_.end(), is_low);
    const auto run_begin =
        std::find_if(std::make_reverse_iterator(at), samples_.rend(), is_low).base();
    const auto first_high = std::find_if(run_begin, run_end, is_high);
    const bool held = first_high != run_end && (run_end - 1)->at - first_high->at >= on_delay;
    thin(on_delay);
    return held;
}

bool Hold::add(const Sample& sample, Count count) {
    insert(sample);
    const auto place = std::lower_bound(samples_.begin(), samples_.end(), sample, before);
    const auto index = static_cast<std::size_t>(place - samples_.begin());
    bool reached = false;
    const std::size_t end = std::min(samples_.size(), index + count.of);
    for (std::size_t last = index; last < end && sample.level == Level::high; ++last)
        reached = reached || counts(count, last);
    const std::size_t most =
        idle() ? std::max<std::size_t>(count.of, kIdleSamplesMax) : kSamplesMax;
    if (samples_.size() > most) {
        const auto newest = samples_.end() - count.of;
        const auto mild = std::find_if(samples_.begin(), newest,
                                       [](const Sample& s) { return s.level != Level::high; });
        samples_.erase(mild == newest ? samples_.begin() : mild);
    }
    return reached;
}

bool Hold::counts(Count count) const {
    return !samples_.empty() && counts(count, samples_.size() - 1);
}

bool Hold::counts(Count count, std::size_t last) const {
    const std::size_t first = last + 1 - std::min<std::size_t>(last + 1, count.of);
    const auto begin = samples_.begin() + static_cast<std::ptrdiff_t>(first);
    const auto end = samples_.begin() + static_cast<std::ptrdiff_t>(last + 1);
    return std::count_if(begin, end, [](const Sample& s) { return s.level == Level::high; }) >=
           count.n;
}

bool Hold::idle() const {
    return std::all_of(samples_.begin(), samples_.end(),
                       [](const Sample& s) { return s.level == Level::low; });
}

Hold Hold::from(std::vector<Sample> samples) {
    std::sort(samples.begin(), samples.end(), before);
    Hold hold;
    hold.samples_ = std::move(samples);
    return hold;
}

void Hold::thin(Duration on_delay) {
    if (samples_.size() <= kSamplesMax) return;
    const Duration close = on_delay / 16;
    std::vector<Sample> kept;
    kept.reserve(samples_.size());
    for (std::size_t i = 0; i < samples_.size(); ++i) {
        const bool inside = !kept.empty() && i + 1 < samples_.size();
        if (inside && kept.back().level == samples_[i].level &&
            samples_[i + 1].level == samples_[i].level &&
            samples_[i + 1].at - kept.back().at <= close) {
            continue;
        }
        kept.push_back(samples_[i]);
    }
    if (kept.size() > kSamplesMax) {
        kept.erase(kept.begin(), kept.end() - static_cast<std::ptrdiff_t>(kSamplesMax));
    }
    samples_ = std::move(kept);
}

}  // namespace mercaptan::processor
