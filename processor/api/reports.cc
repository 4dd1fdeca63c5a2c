#include "processor/api/reports.h"

#include <boost/json/serialize.hpp>
#include <utility>

#include "processor/api/body.h"

namespace mercaptan::processor::api {
namespace {

constexpr std::size_t kChannelBytesMax = 32;
constexpr std::size_t kPolicyBytesMax = 100;
constexpr std::size_t kDescriptionBytesMax = 8000;
constexpr std::size_t kPersonNameBytesMax = 200;
constexpr std::size_t kPhoneBytesMax = 40;
constexpr std::size_t kAccountBytesMax = 64;
constexpr std::size_t kAddressBytesMax = 600;
constexpr std::string_view kKinds =
    "repair, complaint, hazard, inspection, callback, planned_work, ledger or emergency_plan";
constexpr std::string_view kSymptoms =
    "gas_smell, leak, pipe_break, fire, explosion, no_gas, abnormal_flame, meter_fault, "
    "valve_fault, appliance_fault or other";

std::optional<Reporter> take_reporter(Fields& fields) {
    const boost::json::object* object = fields.object("reporter");
    if (object == nullptr) return std::nullopt;
    Fields person{*object, "reporter."};
    Reporter reporter;
    reporter.name = person.text("name", kPersonNameBytesMax).value_or("");
    reporter.phone = person.text("phone", kPhoneBytesMax).value_or("");
    reporter.account = person.text("account", kAccountBytesMax).value_or("");
    reporter.address = person.text("address", kAddressBytesMax).value_or("");
    fields.merge(person.finish());
    if (reporter == Reporter{}) return std::nullopt;
    return reporter;
}

/// The object again, with nothing in it but what was looked at.
std::string take_safety(Fields& fields) {
    const boost::json::object* object = fields.object("safety");
    if (object == nullptr) return {};
    Fields safety{*object, "safety."};
    boost::json::object out;
    for (const char* field : {"people_present", "ventilated", "valve_closed"}) {
        if (const auto answer = safety.boolean(field)) out[field] = *answer;
    }
    fields.merge(safety.finish());
    return boost::json::serialize(out);
}

void refuse_future(Fields& fields, std::string_view field, const std::optional<Instant>& at,
                   Instant now) {
    if (at && *at > now) fields.refuse(field, "must not lie in the future");
}

}  // namespace

Result<Report> read_report(const boost::json::object& body, Instant now) {
    Fields fields{body};
    FaultReport fault;
    fields.require("kind");
    fault.kind = fields.one_of("kind", ticket_kind_from, kKinds).value_or(TicketKind::repair);
    fault.ticket_class = fields.ticket_class("class");
    fields.require("channel");
    fault.channel = fields.text("channel", kChannelBytesMax).value_or("");
    fault.policy = fields.text("policy", kPolicyBytesMax).value_or("");
    fault.zone = fields.name("zone").value_or(Name{});
    fault.received_at = fields.instant("received_at");
    refuse_future(fields, "received_at", fault.received_at, now);
    fault.occurred_at = fields.instant("occurred_at");
    refuse_future(fields, "occurred_at", fault.occurred_at, now);
    const bool needs_symptom = fault.kind == TicketKind::repair && !fault.ticket_class;
    if (needs_symptom && fault.policy.empty()) {
        fields.require("symptom", "is required where no class is given");
    }
    fault.symptom = fields.one_of("symptom", symptom_from, kSymptoms).value_or(Symptom::other);
    fault.description = fields.text("description", kDescriptionBytesMax).value_or("");
    fault.safety = take_safety(fields);
    std::optional<Reporter> reporter = take_reporter(fields);
    // Somebody has to be sent somewhere, or has to be called back.
    if (!reporter) fields.require("site", "is required where no reporter is given");
    fault.site = fields.name("site").value_or(Name{});
    const Name actor = fields.name("actor").value_or(Name{});
    if (auto good = fields.finish(); !good) return Failure{good.error()};

    Report report;
    report.cause_condition = "report." + std::string{to_string(fault.symptom)};
    report.command.actor = actor.empty() ? fault.channel : actor.str();
    report.command.what = std::move(fault);
    report.reporter = std::move(reporter);
    return report;
}

}  // namespace mercaptan::processor::api
