#include "processor/core/area_table.h"

#include <algorithm>
#include <utility>

namespace mercaptan::processor {

bool AreaTable::add(std::uint32_t zone, const Address& address, Instant now, const AreaRule& rule) {
    auto& lately = zones_[zone].lately;
    while (!lately.empty() && now - lately.front().first > rule.window) lately.pop_front();
    std::erase_if(lately, [&](const auto& one) {
        return !address.site.empty() && one.second.site == address.site;
    });
    lately.emplace_back(now, address);
    // What is enough needs not be counted further.
    if (lately.size() > rule.sites) lately.pop_front();
    return lately.size() >= rule.sites;
}

std::vector<AreaTable::Address> AreaTable::addresses(std::uint32_t zone) const {
    std::vector<Address> all;
    const auto found = zones_.find(zone);
    if (found == zones_.end()) return all;
    for (const auto& [at, address] : found->second.lately) all.push_back(address);
    return all;
}

AreaTable::Turn AreaTable::page(std::uint32_t zone, const Call& call, Instant now,
                                const AreaRule& rule) {
    Zone& of = zones_[zone];
    if (of.waiting) {
        if (call.level > of.waiting->level) of.waiting = call;
        return {};
    }
    if (!of.paged_at || now - *of.paged_at >= rule.page_every) {
        of.paged_at = now;
        return {.now = true};
    }
    of.waiting = call;
    return {.now = false, .due = *of.paged_at + rule.page_every};
}

std::optional<AreaTable::Call> AreaTable::take_waiting(std::uint32_t zone, Instant now) {
    Zone& of = zones_[zone];
    if (of.waiting) of.paged_at = now;
    return std::exchange(of.waiting, std::nullopt);
}

Instant AreaTable::wait(std::uint32_t zone, Instant now, const AreaRule& rule) {
    Zone& of = zones_[zone];
    of.paged_at = now;
    of.waiting = Call{};
    return now + rule.page_every;
}

}  // namespace mercaptan::processor
