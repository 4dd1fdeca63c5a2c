#include <algorithm>
#include <string>
#include <utility>

#include "processor/core/engine.h"
#include "processor/core/texts.h"

// What belongs together: the devices behind a gateway that is silent, the emergencies of an area.
// Each is an alarm of its own, of something that is no device: a gateway or a zone.
namespace mercaptan::processor {
namespace {

// The sites that such alarms are shown at.
constexpr std::string_view kGatewaysSite = "gateways";
constexpr std::string_view kAreasSite = "areas";
constexpr std::string_view kSystem = "system";

bool is_of_group(const Ticket& ticket) {
    return ticket.site == kGatewaysSite || ticket.site == kAreasSite;
}

}  // namespace

void Engine::watch(std::uint32_t index) {
    const Device& device = devices_.at(index);
    if (device.gateway != DeviceTable::kNoName)
        gateways_.add(device.gateway, index, device.expected_interval_s);
}

/// The device has its whole time to be heard again, from `since`.
void Engine::expect(std::uint32_t index, Instant since) {
    Device& device = devices_.at(index);
    if (!device.offline) return supervise(index, since);
    device.silence_due_ms = (since + rulebook_->rules.offline_grace).ms;
    timers_.arm(Instant{device.silence_due_ms}, TimerKind::silence, index);
}

/// True if a silent device says something of its gateway and nothing of itself.
bool Engine::hold_back(std::uint32_t index, Instant now) {
    const std::uint16_t gateway = devices_.at(index).gateway;
    if (gateway == DeviceTable::kNoName) return false;
    if (plan_.of_event(Input::gateway, DeviceKind{}).empty()) return false;
    if (!gateways_.overdue(gateway, now, rulebook_->rules.silence_factor)) return false;
    const Name name = devices_.gateways().at(gateway);
    const std::uint32_t group = know(kGatewaysSite, name, now).index;
    if (devices_.at(group).zone == DeviceTable::kNoName)
        devices_.at(group).zone = devices_.at(index).zone;
    gateways_.fell_silent(gateway);
    gateways_.hold(gateway, index);
    raise_group(Input::gateway, group, 0, now);
    const Alarm* alarm = standing(Input::gateway, group);
    if (alarm == nullptr) return true;
    const Device& device = devices_.at(index);
    const std::string id{devices_.id(device)};
    const std::string site{devices_.site(device)};
    Evidence member;
    member.device = Name{id};
    member.cause.condition = "device.offline";
    member.actor = site + "/" + id;
    member.source = "silence/" + site + "/" + id + "@" + std::to_string(now.ms);
    join_group(*alarm, std::move(member), now);
    return true;
}

void Engine::gateway_returned(std::uint16_t gateway, Instant now) {
    const Name name = devices_.gateways().at(gateway);
    clear_event(Input::gateway, know(kGatewaysSite, name, now).index, now, now);
    for (const std::uint32_t index : gateways_.release(gateway)) {
        Device& device = devices_.at(index);
        if (!device.silent || device.gateway != gateway) continue;
        device.silent = false;
        device.silence_due_ms = Device::kNever;
        expect(index, now);
        changes_.device_news.push_back(index);
        touch(index, now);
    }
}

/// With rules that know no gateways every device speaks for itself.
void Engine::review_gateways(Instant now) {
    if (!plan_.of_event(Input::gateway, DeviceKind{}).empty()) return;
    for (std::size_t gateway = 1; gateway < devices_.gateways().size(); ++gateway) {
        const auto number = static_cast<std::uint16_t>(gateway);
        if (gateways_.silent(number)) gateway_returned(number, now);
    }
}

void Engine::recover_gateways() {
    gateways_.begin(now_);
    for (const Alarm& alarm : alarms_) {
        const auto condition = condition_index_.find(alarm.condition);
        if (condition == condition_index_.end() || !alarm.present) continue;
        if (rulebook_->rules.conditions[condition->second].input == Input::gateway)
            gateways_.fell_silent(devices_.number_of_gateway(alarm.device));
    }
    for (std::uint32_t index = 0; index < devices_.size(); ++index) {
        const Device& device = devices_.at(index);
        if (!device.silent || !gateways_.silent(device.gateway)) continue;
        const auto& conditions = plan_.of_event(Input::silence, device.kind);
        const bool told = std::any_of(
            conditions.begin(), conditions.end(),
            [&](std::uint8_t condition) { return (device.raised >> condition & 1U) != 0; });
        if (!told) gateways_.hold(device.gateway, index);
    }
}

void Engine::raise_group(Input input, std::uint32_t group, double members, Instant now) {
    for (const std::uint8_t condition : plan_.of_event(input, DeviceKind{})) {
        Trigger trigger;
        trigger.device = group;
        trigger.condition = condition;
        if (members > 0) trigger.value = members;
        trigger.at = now;  // By our own clock, as all that is told of groups.
        trigger.received_at = now;
        trigger.fresh = true;
        trigger.source =
            "group/" + std::string{devices_.id(devices_.at(group))} + "@" + std::to_string(now.ms);
        raise(trigger, now);
    }
}

const Alarm* Engine::standing(Input input, std::uint32_t group) const {
    for (const std::uint8_t condition : plan_.of_event(input, DeviceKind{})) {
        const auto found = alarm_by_key_.find(alarm_key(group, condition));
        if (found != alarm_by_key_.end() && alarms_[found->second].active)
            return &alarms_[found->second];
    }
    return nullptr;
}

/// Names a member in the ticket of its group, which lists all of them in its history.
void Engine::join_group(const Alarm& alarm, Evidence member, Instant now) {
    const Ticket* ticket = find_ticket(alarm.ticket_id);
    if (ticket == nullptr || !is_open(ticket->state)) return;
    member.kind = ticket->kind;
    member.hazard_key = ticket->hazard_key;
    member.received_at = now;
    (void)book_.report(member, now);
}

const Alarm* Engine::area_over(std::uint32_t zone) const {
    const auto group = devices_.find(kAreasSite, devices_.zones().at(zone));
    return zone == DeviceTable::kNoName || !group ? nullptr : standing(Input::area, *group);
}

/// Counts a site's emergency once. Its ticket stays its own, whatever it is part of.
void Engine::note_emergency(std::uint32_t index, Instant now) {
    const Ticket& ticket = book_.at(index);
    if (ticket.ticket_class != TicketClass::one || is_of_group(ticket)) return;
    if (plan_.of_event(Input::area, DeviceKind{}).empty()) return;
    if (index >= counted_.size()) counted_.resize(index + std::size_t{1});
    if (counted_[index]) return;
    counted_[index] = true;
    const std::uint32_t zone = devices_.number_of_zone(ticket.zone);
    if (zone == DeviceTable::kNoName) return;
    const AreaRule& rule = rulebook_->rules.area;
    const bool enough = areas_.add(zone, {ticket.site, index}, now, rule);
    if (const Alarm* area = area_over(zone)) return join_area(*area, index, now);
    if (!enough) return;
    const std::uint32_t group = know(kAreasSite, devices_.zones().at(zone), now).index;
    devices_.at(group).zone = zone;
    const std::vector<AreaTable::Address> addresses = areas_.addresses(zone);
    raise_group(Input::area, group, static_cast<double>(addresses.size()), now);
    areas_opened_.push_back(zone);
    const Alarm* area = standing(Input::area, group);
    if (area == nullptr) return;
    for (const AreaTable::Address& address : addresses) join_area(*area, address.ticket, now);
}

void Engine::join_area(const Alarm& area, std::uint32_t index, Instant now) {
    const Ticket& ticket = book_.at(index);
    Evidence member;
    member.cause.condition = ticket.cause.condition;
    member.channel = ticket.site.empty() ? ticket.id : ticket.site.str();
    member.actor = kSystem;
    member.source = ticket.id;
    join_group(area, std::move(member), now);
}

bool Engine::is_grouped(const Page& page) const {
    if (page.ticket_class != TicketClass::one) return false;
    const auto zone = devices_.zones().find(page.zone);
    return zone && area_over(*zone) != nullptr;
}

/// The pages of an area's emergencies become its page: the first at once, then one in a while.
void Engine::group_pages(Instant now) {
    const bool none = changes_.effects.size() == effects_before_;
    if (none && areas_opened_.empty() && area_pages_due_.empty()) return;
    std::vector<std::pair<std::uint32_t, AreaTable::Call>> calls;
    for (const std::uint32_t zone : std::exchange(areas_opened_, {})) calls.push_back({zone, {}});
    auto& effects = changes_.effects;
    for (std::size_t i = effects_before_; i < effects.size();) {
        const Page* page = std::get_if<Page>(&effects[i]);
        if (page == nullptr || !is_grouped(*page)) {
            ++i;
            continue;
        }
        calls.push_back({*devices_.zones().find(page->zone), {page->level, page->role}});
        effects.erase(effects.begin() + static_cast<std::ptrdiff_t>(i));
    }
    for (const auto& [zone, call] : calls) page_area(zone, call, now);
    for (const std::uint32_t zone : std::exchange(area_pages_due_, {})) {
        if (const auto call = areas_.take_waiting(zone, now)) send_area_page(zone, *call, now);
    }
}

void Engine::page_area(std::uint32_t zone, const AreaTable::Call& call, Instant now) {
    const AreaTable::Turn turn = areas_.page(zone, call, now, rulebook_->rules.area);
    if (turn.due) timers_.arm(*turn.due, TimerKind::area_page, zone);
    if (turn.now) send_area_page(zone, call, now);
}

void Engine::send_area_page(std::uint32_t zone, const AreaTable::Call& call, Instant now) {
    const auto group = devices_.find(kAreasSite, devices_.zones().at(zone));
    for (const std::uint8_t condition : plan_.of_event(Input::area, DeviceKind{})) {
        const auto found = alarm_by_key_.find(alarm_key(*group, condition));
        if (found == alarm_by_key_.end()) continue;
        const Ticket* ticket = find_ticket(alarms_[found->second].ticket_id);
        if (ticket == nullptr) continue;
        Page page;
        page.page_id = ticket->id + "-area-" + std::to_string(now.ms);
        page.ticket_id = ticket->id;
        page.ticket_class = ticket->ticket_class;
        page.site = ticket->site;
        page.zone = ticket->zone;
        page.level = call.level;
        page.role = call.role;
        if (page.role.empty() && !ticket->escalation.empty())
            page.role = ticket->escalation.front();
        page.at = now;
        page.reason = area_reason(ticket->source_count - 1);  // It was itself the first.
        changes_.effects.emplace_back(std::move(page));
    }
}

/// What waited to be paged is not in the store: a page too many is better than none.
void Engine::recover_areas() {
    for (std::uint32_t index = 0; index < book_.size(); ++index) {
        const Ticket& ticket = book_.at(index);
        if (ticket.ticket_class != TicketClass::one || is_of_group(ticket)) continue;
        if (index >= counted_.size()) counted_.resize(index + std::size_t{1});
        counted_[index] = true;
        const std::uint32_t zone = devices_.number_of_zone(ticket.zone);
        if (zone != DeviceTable::kNoName)
            (void)areas_.add(zone, {ticket.site, index}, ticket.recorded_at, rulebook_->rules.area);
    }
    for (std::uint32_t zone = 1; zone < devices_.zones().size(); ++zone) {
        if (area_over(zone) == nullptr) continue;
        const Instant due = areas_.wait(zone, now_, rulebook_->rules.area);
        timers_.arm(due, TimerKind::area_page, zone);
    }
}

}  // namespace mercaptan::processor
