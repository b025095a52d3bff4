#include "mailban/discover/containers.h"

#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>

namespace mailban {

namespace {

constexpr std::size_t kLongestText = std::size_t{4} * 1024 * 1024;

// What a mail server's image or service is called, word by word.
constexpr std::array kServers{
    "postfix",    "dovecot", "exim",   "exim4",    "opensmtpd",  "haraka", "stalwart",
    "maddy",      "courier", "cyrus",  "sendmail", "mailserver", "poste",  "postal",
    "iredmail",   "modoboa", "smtp",   "smtpd",    "imap",       "imapd",  "pop3",
    "submission", "zimbra",  "axigen", "wildduck", "mta"};
// What goes with one, and is none.
constexpr std::array kOthers{"exporter",  "roundcube", "roundcubemail", "snappymail", "rainloop",
                             "sogo",      "admin",     "web",           "webmail",    "ui",
                             "redis",     "mysql",     "mariadb",       "postgres",   "db",
                             "database",  "memcached", "acme",          "rspamd",     "clamd",
                             "clamav",    "unbound",   "watchdog",      "dockerapi",  "netfilter",
                             "ofelia",    "solr",      "antispam",      "antivirus",  "resolver",
                             "fetchmail", "oletools",  "php",           "fpm",        "backup",
                             "webdav",    "radicale",  "autoconfig",    "tlspol",     "mailman",
                             "worker",    "metrics",   "certdumper",    "olefy",      "fts",
                             "flatcurve", "ipv6nat",   "nginx",         "test"};

template <std::size_t N>
bool holds(const std::array<const char*, N>& words, std::string_view word) noexcept
{
    return std::find(words.begin(), words.end(), word) != words.end();
}

std::vector<std::string_view> words_of(std::string_view text)
{
    std::vector<std::string_view> words;
    while (!text.empty()) {
        const auto end = std::min(text.find_first_of("-_./:@ "), text.size());
        if (end > 0) words.push_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return words;
}

// "ghcr.io/mailcow/postfix:1.77" -> "mailcow/postfix"
std::string_view repository_of(std::string_view image)
{
    image = image.substr(0, image.find('@'));
    const auto slash = image.rfind('/');
    const auto tag = image.find(':', slash == std::string_view::npos ? 0 : slash);
    image = image.substr(0, tag);
    const auto first = image.substr(0, image.find('/'));
    const bool is_host = first.size() < image.size() && first.find_first_of(".:") != first.npos;
    return is_host ? image.substr(first.size() + 1) : image;
}

enum class ImageVerdict : unsigned char { unknown, server, other };

ImageVerdict judge(std::string_view text)
{
    const auto words = words_of(text);
    const auto is_other = [](std::string_view word) { return holds(kOthers, word); };
    if (std::any_of(words.begin(), words.end(), is_other)) return ImageVerdict::other;
    constexpr std::array kPair{"mail", "server"};
    const bool is_pair =
        std::search(words.begin(), words.end(), kPair.begin(), kPair.end()) != words.end();
    const auto is_server = [](std::string_view word) { return holds(kServers, word); };
    if (is_pair || std::any_of(words.begin(), words.end(), is_server)) return ImageVerdict::server;
    return text == "mail" ? ImageVerdict::server : ImageVerdict::unknown;
}

ImageVerdict judge_image(std::string_view image)
{
    const auto repository = repository_of(image);
    const auto slash = repository.rfind('/');
    const auto last = slash == repository.npos ? repository : repository.substr(slash + 1);
    // Mailu's nginx is what clients log in at, by IMAP, POP3 and SMTP.
    if (repository == "mailu/nginx") return ImageVerdict::server;
    const auto verdict = judge(last);
    if (verdict != ImageVerdict::unknown || slash == repository.npos) return verdict;
    // "stalwartlabs/mail-server" is told by its last word, "haraka/app" by its first.
    const auto owner = judge(repository.substr(0, slash));
    return owner == ImageVerdict::server ? owner : ImageVerdict::unknown;
}

std::string text_of(const nlohmann::json& object, const char* key)
{
    if (!object.is_object()) return {};
    const auto at = object.find(key);
    return at != object.end() && at->is_string() ? at->get<std::string>() : std::string();
}

nlohmann::json parsed(std::string_view text)
{
    if (text.size() > kLongestText) return nlohmann::json::value_t::discarded;
    return nlohmann::json::parse(text, nullptr, false);
}

const nlohmann::json& member(const nlohmann::json& object, const char* key)
{
    static const nlohmann::json kNone;
    if (!object.is_object()) return kNone;
    const auto at = object.find(key);
    return at != object.end() ? *at : kNone;
}

}  // namespace

bool is_mail_container(const Container& container)
{
    auto verdict = judge_image(container.image);
    if (verdict == ImageVerdict::unknown) verdict = judge(container.service);
    if (verdict == ImageVerdict::unknown) verdict = judge(container.name);
    return verdict == ImageVerdict::server;
}

std::optional<Container> read_docker_container(std::string_view text)
{
    const nlohmann::json root = parsed(text);
    if (!root.is_object()) return std::nullopt;
    const nlohmann::json& config = member(root, "Config");
    Container container;
    container.name = text_of(root, "Name");
    if (container.name.starts_with('/')) container.name.erase(0, 1);
    container.image = text_of(config, "Image");
    container.service = text_of(member(config, "Labels"), "com.docker.compose.service");
    container.log = text_of(root, "LogPath");
    if (container.name.empty() && container.image.empty()) return std::nullopt;
    return container;
}

std::vector<Container> read_podman_containers(std::string_view text, std::string_view storage)
{
    std::vector<Container> containers;
    const nlohmann::json root = parsed(text);
    if (!root.is_array()) return containers;
    for (const auto& each : root) {
        const std::string id = text_of(each, "id");
        if (id.empty() || id.find('/') != std::string::npos) continue;
        Container container;
        const nlohmann::json& names = member(each, "names");
        if (names.is_array() && !names.empty() && names.front().is_string())
            container.name = names.front().get<std::string>();
        const nlohmann::json metadata = parsed(text_of(each, "metadata"));
        container.image = text_of(metadata, "image-name");
        container.log = std::string(storage) + "/overlay-containers/" + id + "/userdata/ctr.log";
        containers.push_back(std::move(container));
    }
    return containers;
}

std::optional<Container> read_kubernetes_name(std::string_view file_name)
{
    constexpr std::size_t kIdLength = 64;
    constexpr std::string_view kEnd = ".log";
    if (!file_name.ends_with(kEnd) || file_name.size() < kIdLength + kEnd.size() + 1)
        return std::nullopt;
    file_name.remove_suffix(kEnd.size() + kIdLength);
    if (!file_name.ends_with('-')) return std::nullopt;
    file_name.remove_suffix(1);
    const auto first = file_name.find('_');
    const auto last = file_name.rfind('_');
    if (first == file_name.npos || first == last) return std::nullopt;
    Container container;
    container.name = file_name.substr(0, first);
    container.service = file_name.substr(last + 1);
    return container;
}

std::string docker_data_root(std::string_view daemon_json)
{
    auto path = text_of(parsed(daemon_json), "data-root");
    return path.starts_with('/') ? path : std::string();
}

}  // namespace mailban
