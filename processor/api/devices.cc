#include "processor/api/devices.h"

#include <algorithm>
#include <numeric>
#include <tuple>
#include <utility>

#include "processor/api/answers.h"
#include "processor/api/api.h"
#include "processor/api/query.h"
#include "processor/api/readings.h"
#include "processor/core/ids.h"
#include "processor/io/render.h"
#include "processor/io/tables.h"

namespace mercaptan::processor::api {
namespace {

constexpr std::size_t kDevicesDefault = 100;
constexpr std::size_t kDevicesMax = 1000;
/// Rows of the store looked at for one page; the page says where it goes on.
constexpr std::size_t kRowsVisitedMax = 100'000;

using Key = std::pair<std::string_view, std::string_view>;  // Device, site.

Key key_of(const DeviceRegistry& registry, std::uint32_t entry) {
    return {registry.device_id(entry), registry.site(entry)};
}
Key key_of(const DeviceRow& row) {
    return {row.device.view(), row.site.view()};
}

struct DeviceFilter {
    std::optional<std::string> site;
    std::optional<std::string> zone;
    std::vector<DeviceKind> kinds;
    std::optional<bool> unregistered;

    static DeviceFilter from(Query& query) {
        DeviceFilter filter;
        filter.site = query.text("site");
        filter.zone = query.text("zone");
        filter.kinds =
            query.any_of("kind", device_kind_from,
                         "leak_detector, co_detector, gas_meter, pressure_sensor or valve");
        filter.unregistered = query.flag("unregistered");
        return filter;
    }
    [[nodiscard]] bool matches(const std::optional<RegistryEntry>& entry,
                               const DeviceRow* row) const {
        if (unregistered && *unregistered == entry.has_value()) return false;
        if (site && *site != (row != nullptr ? row->site.view() : entry->site.view())) return false;
        if (!entry) return !zone && kinds.empty();
        return (!zone || entry->zone.view() == *zone) && among(kinds, entry->kind);
    }
};

/// One page: the table and the registry, both in order, merged.
class Page {
public:
    Page(const DeviceFilter& filter, std::size_t limit) : filter_{filter}, limit_{limit} {}

    [[nodiscard]] bool full() const { return list_.size() == limit_; }
    void add(const std::optional<RegistryEntry>& entry, const DeviceRow* row) {
        if (row != nullptr) {
            device_key(last_, row->device, row->site);
        } else {
            device_key(last_, entry->device_id, entry->site);
        }
        if (filter_.matches(entry, row)) render_device(list_.next_item(), entry, row);
    }
    http::Response finish(bool more) && {
        return std::move(list_).finish(more ? std::optional{last_} : std::nullopt);
    }

private:
    const DeviceFilter& filter_;
    std::size_t limit_;
    ListAnswer list_;
    std::string last_;
};

using Entries = std::vector<std::uint32_t>;

Entries::const_iterator first_beyond(const RegistryOrder::Snapshot& registry,
                                     const std::string& after) {
    const Entries& entries = registry.entries;
    const std::size_t zero = after.find('\0');
    if (zero == std::string::npos) return entries.begin();
    const Key key{std::string_view{after}.substr(0, zero),
                  std::string_view{after}.substr(zero + 1)};
    return std::upper_bound(
        entries.begin(), entries.end(), key,
        [&](const Key& a, std::uint32_t b) { return a < key_of(registry.registry(), b); });
}

Result<http::Response> list_devices(const Backend& backend, const RegistryOrder::Snapshot& registry,
                                    const http::Request& request) {
    Query query{request};
    const DeviceFilter filter = DeviceFilter::from(query);
    const std::size_t limit = query.limit(kDevicesDefault, kDevicesMax);
    const std::string after = query.cursor().value_or("");
    if (auto good = query.finish(); !good) return Failure{good.error()};

    Page page{filter, limit};
    const DeviceRegistry& known = registry.registry();
    auto entry = first_beyond(registry, after);
    const auto end = registry.entries.end();
    bool more = false;
    std::size_t visited = 0;
    std::optional<Error> damage;
    // The least key beyond `after`.
    const std::string from = after.empty() ? std::string{} : after + '\0';
    const auto scanned = backend.store().scan(
        table(StoreTable::devices), from, "", [&](std::string_view key, std::string_view value) {
            const auto row = decode_device(key, value);
            if (!row) {
                damage = row.error();
                return false;
            }
            for (; entry != end && key_of(known, *entry) < key_of(*row) && !page.full(); ++entry) {
                page.add(known[*entry], nullptr);
            }
            more = page.full() || visited == kRowsVisitedMax;
            if (more) return false;
            ++visited;
            const bool registered = entry != end && key_of(known, *entry) == key_of(*row);
            page.add(registered ? std::optional{known[*entry]} : std::nullopt, &*row);
            if (registered) ++entry;
            return true;
        });
    if (!scanned) return Failure{scanned.error()};
    if (damage) return Failure{*damage};
    for (; !more && entry != end && !page.full(); ++entry) page.add(known[*entry], nullptr);
    return std::move(page).finish(more || entry != end);
}

/// The ids of the device's alarms that are active now.
Result<std::vector<Alarm>> active_alarms(const Backend& backend, const Rulebook& rulebook,
                                         std::string_view site, std::string_view device) {
    std::vector<Alarm> alarms;
    const auto take = [&](std::string_view condition) -> Result<void> {
        const auto row =
            backend.store().get(table(StoreTable::alarms), alarm_id(site, device, condition));
        if (!row) return Failure{row.error()};
        if (!*row) return {};
        auto alarm = decode_alarm(**row);
        if (!alarm) return Failure{alarm.error()};
        if (alarm->active) alarms.push_back(std::move(*alarm));
        return {};
    };
    for (const Condition& condition : rulebook.rules.conditions) {
        if (auto taken = take(condition.id); !taken) return Failure{taken.error()};
    }
    return alarms;
}

/// Rows are written now and then, readings always.
void freshen(DeviceRow& state, const Reading& newest) {
    if (newest.event_at && (!state.last_event_at || *newest.event_at > *state.last_event_at)) {
        state.last_event_at = newest.event_at;
    }
    if (!state.last_received_at || newest.received_at > *state.last_received_at) {
        state.last_received_at = newest.received_at;
        if (newest.seq) state.last_seq = newest.seq;
    }
}

Result<http::Response> show_device(const Backend& backend, const RegistryOrder::Snapshot& registry,
                                   const http::Request& request) {
    const std::string& id = request.params.at("id");
    Query query{request};
    const auto site = query.text("site");
    if (auto good = query.finish(); !good) return Failure{good.error()};
    auto known = find_device(backend, registry, id, site);
    if (!known) return Failure{known.error()};
    if (!*known) return fail(ErrorCode::not_found, "there is no device " + id);
    KnownDevice& device = **known;
    const auto newest = newest_reading(backend.store(), id, device.site());
    if (!newest) return Failure{newest.error()};
    if (*newest && device.state) freshen(*device.state, (*newest)->reading);
    const auto alarms = active_alarms(backend, *registry.rulebook, device.site(), id);
    if (!alarms) return Failure{alarms.error()};

    std::string body;
    render_device(body, device.entry, device.state ? &*device.state : nullptr);
    body.pop_back();  // The brace that closes the device.
    body += R"(,"last_reading":)";
    if (*newest) {
        render_reading(body, **newest);
    } else {
        body += "null";
    }
    body += R"(,"alarms":[)";
    for (const Alarm& alarm : *alarms) {
        if (&alarm != alarms->data()) body += ',';
        render_alarm(body, alarm, backend.now());
    }
    body += "]}";
    return http::json(200, std::move(body));
}

}  // namespace

std::shared_ptr<const RegistryOrder::Snapshot> RegistryOrder::of(
    std::shared_ptr<const Rulebook> rulebook) {
    const std::lock_guard lock{mutex_};
    if (snapshot_ && snapshot_->rulebook == rulebook) return snapshot_;
    auto snapshot = std::make_shared<Snapshot>();
    const DeviceRegistry& registry = rulebook->registry;
    snapshot->entries.resize(registry.size());
    std::iota(snapshot->entries.begin(), snapshot->entries.end(), 0U);
    std::sort(snapshot->entries.begin(), snapshot->entries.end(),
              [&](auto a, auto b) { return key_of(registry, a) < key_of(registry, b); });
    snapshot->rulebook = std::move(rulebook);
    snapshot_ = snapshot;
    return snapshot;
}

Result<std::optional<KnownDevice>> find_device(const Backend& backend,
                                               const RegistryOrder::Snapshot& registry,
                                               std::string_view id,
                                               const std::optional<std::string>& site) {
    std::vector<KnownDevice> found;
    std::string from;
    device_prefix(from, id);
    std::optional<Error> damage;
    const auto scanned = backend.store().scan(table(StoreTable::devices), from, after_prefix(from),
                                              [&](std::string_view key, std::string_view value) {
                                                  auto row = decode_device(key, value);
                                                  if (!row) {
                                                      damage = row.error();
                                                      return false;
                                                  }
                                                  found.push_back({std::nullopt, std::move(*row)});
                                                  return true;
                                              });
    if (!scanned) return Failure{scanned.error()};
    if (damage) return Failure{*damage};
    const DeviceRegistry& entries = registry.registry();
    auto entry = std::lower_bound(
        registry.entries.begin(), registry.entries.end(), id,
        [&](std::uint32_t a, std::string_view b) { return entries.device_id(a) < b; });
    for (; entry != registry.entries.end() && entries.device_id(*entry) == id; ++entry) {
        const auto same = std::find_if(found.begin(), found.end(), [&](const KnownDevice& known) {
            return known.site() == entries.site(*entry);
        });
        if (same != found.end()) {
            same->entry = entries[*entry];
        } else {
            found.push_back({entries[*entry], std::nullopt});
        }
    }
    if (site) std::erase_if(found, [&](const KnownDevice& known) { return known.site() != *site; });
    const auto rank = [](const KnownDevice& known) {
        const Instant heard =
            known.state ? known.state->last_received_at.value_or(kInstantMin) : kInstantMin;
        return std::pair{known.entry.has_value(), heard};
    };
    const auto best = std::max_element(
        found.begin(), found.end(),
        [&](const KnownDevice& a, const KnownDevice& b) { return rank(a) < rank(b); });
    if (best == found.end()) return std::optional<KnownDevice>{};
    return std::optional<KnownDevice>{std::move(*best)};
}

void Api::add_device_routes() {
    Backend& backend = backend_;
    const auto order = std::make_shared<RegistryOrder>();
    get("/api/v1/devices", [&backend, order](const auto& r) {
        return list_devices(backend, *order->of(backend.rulebook()), r);
    });
    get("/api/v1/devices/{id}", [&backend, order](const auto& r) {
        return show_device(backend, *order->of(backend.rulebook()), r);
    });
    get("/api/v1/devices/{id}/readings", [&backend, order](const auto& r) {
        return list_readings(backend, *order->of(backend.rulebook()), r);
    });
}

}  // namespace mercaptan::processor::api
