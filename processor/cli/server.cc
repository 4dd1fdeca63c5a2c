#include "processor/cli/server.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <iostream>
#include <thread>

#include "processor/cli/display.h"
#include "processor/cli/exit_codes.h"

namespace mercaptan::cli {
namespace {

constexpr std::size_t kPageMax = 500;
constexpr std::chrono::milliseconds kRetryFirst{500};
constexpr std::chrono::milliseconds kRetryMax{10'000};

std::string text(const boost::json::object& object, std::string_view name) {
    const boost::json::value* value = object.if_contains(name);
    return value != nullptr && value->is_string() ? std::string{value->get_string()} : "";
}

std::string allowed(const boost::json::object& problem) {
    const boost::json::value* value = problem.if_contains("allowed");
    if (value == nullptr || !value->is_array()) return {};
    std::string out;
    for (const auto& word : value->get_array()) {
        if (!word.is_string()) continue;
        out += (out.empty() ? "" : ", ") + std::string{word.get_string()};
    }
    return "\nallowed now: " + (out.empty() ? "nothing" : out);
}

/// What a person can do about a refusal.
std::string advice(int status) {
    switch (status) {
        case 404:
            return "\nthe `list` commands show what there is";
        case 412:
            return "\nshow it again, then repeat the command with the new version";
        case 503:
            return "\nthe processor is busy or stopping; try again";
        default:
            return {};
    }
}

Failed refused(const http::ClientResponse& response) {
    const int exit_code = response.status == 400 ? kExitUsage : kExitFailed;
    boost::json::error_code error;
    const boost::json::value body = boost::json::parse(response.body, error);
    const std::string status = "HTTP " + std::to_string(response.status);
    if (error || !body.is_object()) return {exit_code, "the server refused: " + status};
    const auto& problem = body.get_object();
    const std::string title = text(problem, "title");
    return {exit_code, printable(title.empty() ? status : title) + ": " +
                           printable(text(problem, "detail")) + allowed(problem) +
                           advice(response.status)};
}

}  // namespace

std::string with_parameters(std::string path, const Parameters& parameters) {
    char separator = '?';
    for (const auto& [name, value] : parameters) {
        if (value.empty()) continue;
        path += separator + http::percent_encode(name) + '=' + http::percent_encode(value);
        separator = '&';
    }
    return path;
}

std::string path_of(std::string_view folder, std::string_view id, std::string_view rest) {
    return "/api/v1/" + std::string{folder} + '/' + http::percent_encode(id) + std::string{rest};
}

const http::ClientResponse& Server::good(const Result<http::ClientResponse>& response) const {
    if (!response) {
        if (response.error().code == ErrorCode::invalid_input) {
            throw Failed{kExitUsage, response.error().message};
        }
        throw Failed{kExitFailed,
                     "can't reach the processor at " + url_ + ": " + response.error().message +
                         "\nis mercaptan-processor running? give its address with --server URL or "
                         "in MERCAPTAN_SERVER"};
    }
    if (response->status >= 300) throw refused(*response);
    return *response;
}

boost::json::value Server::take(const Result<http::ClientResponse>& response) const {
    boost::json::error_code error;
    boost::json::value body = boost::json::parse(good(response).body, error);
    if (error || !body.is_object()) {
        throw Failed{kExitFailed,
                     url_ + " does not answer like a Mercaptan processor; check --server"};
    }
    return body;
}

std::string Server::text(const std::string& target) const {
    return good(client_.request("GET", target)).body;
}

boost::json::value Server::get(const std::string& target) const {
    return take(client_.request("GET", target));
}

boost::json::value Server::post(const std::string& target, const boost::json::object& body,
                                Headers headers) const {
    headers["content-type"] = "application/json";
    return take(client_.request("POST", target, boost::json::serialize(body), headers));
}

boost::json::object Server::list(const std::string& path, Parameters parameters,
                                 std::size_t most) const {
    boost::json::array items;
    boost::json::value cursor = nullptr;
    parameters.emplace_back("limit", "");
    parameters.emplace_back("cursor", "");
    do {
        parameters[parameters.size() - 2].second =
            std::to_string(std::min(most - items.size(), kPageMax));
        if (cursor.is_string()) parameters.back().second = std::string{cursor.get_string()};
        boost::json::value page = get(with_parameters(path, parameters));
        auto* page_items = page.get_object().if_contains("items");
        const auto* next = page.get_object().if_contains("next_cursor");
        if (page_items == nullptr || !page_items->is_array() || next == nullptr) {
            throw Failed{
                kExitFailed,
                "the server's list is not one; are server and command line of one version?"};
        }
        for (auto& item : page_items->get_array()) items.push_back(std::move(item));
        cursor = *next;
    } while (cursor.is_string() && items.size() < most);
    return {{"items", std::move(items)}, {"next_cursor", std::move(cursor)}};
}

void Server::follow(std::string last_id, const http::Client::OnEvent& on_event) const {
    auto pause = kRetryFirst;
    bool lost = false;
    while (true) {
        Headers headers;
        if (!last_id.empty()) headers["last-event-id"] = last_id;
        bool heard = false;
        const auto ended =
            client_.events("/api/v1/stream", headers, [&](auto id, auto event, auto data) {
                if (lost) std::cerr << "connected again\n";
                lost = false;
                heard = true;
                pause = kRetryFirst;
                if (!id.empty()) last_id = id;
                return on_event(id, event, data);
            });
        if (ended) return;
        if (ended.error().code != ErrorCode::unavailable) {
            throw Failed{kExitFailed, "the event stream at " + url_ +
                                          " refused: " + printable(ended.error().message)};
        }
        // A server that ends a stream at once after events wants us to come back for more.
        if (!heard && !lost) {
            lost = true;
            std::cerr << "the connection to " << url_
                      << " is lost, what is shown may be out of date; trying again\n";
        }
        if (!heard) std::this_thread::sleep_for(pause);
        if (!heard) pause = std::min(pause * 2, kRetryMax);
    }
}

}  // namespace mercaptan::cli
