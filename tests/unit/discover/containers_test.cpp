#include "mailban/discover/containers.h"

#include <gmock/gmock.h>

namespace mailban::containers_test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

bool is_mail(const std::string& image, const std::string& service = "",
             const std::string& name = "")
{
    return is_mail_container({name, image, service, ""});
}

TEST(AMailContainer, IsToldByItsImage)
{
    for (const auto* const image :
         {"mailserver/docker-mailserver:14", "ghcr.io/docker-mailserver/docker-mailserver",
          "docker.io/mailserver/docker-mailserver:latest@sha256:00", "ghcr.io/mailcow/postfix:1.77",
          "mailcow/dovecot:2.3", "ghcr.io/mailu/postfix:2024.06", "ghcr.io/mailu/nginx:2024.06",
          "ghcr.io/mailu/dovecot", "analogic/poste.io", "stalwartlabs/mail-server:v0.11",
          "stalwartlabs/stalwart", "foxcpp/maddy:0.7", "boky/postfix", "dovecot/dovecot:2.4.0",
          "registry.example.com:5000/acme/exim4:1", "localhost:5000/postfix", "namshi/smtp",
          "ghcr.io/postalserver/postal:3", "haraka/haraka"})
        EXPECT_TRUE(is_mail(image)) << image;
}

TEST(AMailContainer, IsNotWhatOnlyGoesWithOne)
{
    for (const auto* const image :
         {"mailcow/sogo:1.1", "mailcow/rspamd", "mailcow/phpfpm", "mailcow/nginx:1",
          "ghcr.io/mailu/admin", "ghcr.io/mailu/webmail", "roundcube/roundcubemail", "nginx",
          "redis:7", "boynux/postfix-exporter", "kumina/postfix_exporter:0.3",
          "mailcow/postfix-tlspol", "nextcloud", "postgres:16", "ghcr.io/mailu/fetchmail"})
        EXPECT_FALSE(is_mail(image)) << image;
    // The image says more than what somebody called it.
    EXPECT_FALSE(is_mail("roundcube/roundcubemail-nginx", "mail", "mailserver"));
    EXPECT_FALSE(is_mail("redis:7", "redis-mailcow", "mailcowdockerized-redis-mailcow-1"));
}

TEST(AMailContainer, IsToldByServiceOrNameWhereTheImageSaysNothing)
{
    EXPECT_TRUE(is_mail("acme/base:3", "dovecot", "x"));
    EXPECT_TRUE(is_mail("acme/base:3", "", "mailserver"));
    EXPECT_TRUE(is_mail("", "", "mailcowdockerized-postfix-mailcow-1"));
    EXPECT_TRUE(is_mail("acme/base", "mail", "x"));
    EXPECT_FALSE(is_mail("", "", "mailcowdockerized-nginx-mailcow-1"));
    EXPECT_FALSE(is_mail("", "", "shop"));
    EXPECT_FALSE(is_mail("", "", ""));
    EXPECT_FALSE(is_mail("sha256:0123456789abcdef", "", "mailing-list"));
}

TEST(DockersConfiguration, TellsNameImageServiceAndLog)
{
    const auto container = read_docker_container(
        R"({"ID":"f00","Name":"/mail-postfix-1","LogPath":"/var/lib/docker/containers/f00/f00-json.log",
            "Config":{"Image":"boky/postfix","Labels":{"com.docker.compose.service":"postfix"}}})");
    ASSERT_TRUE(container);
    EXPECT_EQ(*container, (Container{"mail-postfix-1", "boky/postfix", "postfix",
                                     "/var/lib/docker/containers/f00/f00-json.log"}));
}

TEST(DockersConfiguration, OfAnyOtherShapeIsNone)
{
    for (const auto* const text : {"", "{", "[]", "7", "null", "{}", R"({"Config":[]})",
                                   R"({"Name":7,"Config":{"Image":{}}})", "\xff\xfe"})
        EXPECT_FALSE(read_docker_container(text)) << text;
    const auto odd =
        read_docker_container(R"({"Name":"/x","Config":{"Labels":["a"]},"LogPath":null})");
    ASSERT_TRUE(odd);
    EXPECT_EQ(*odd, (Container{"x", "", "", ""}));
    EXPECT_FALSE(read_docker_container(std::string(5U << 20U, ' ')));
    EXPECT_FALSE(read_docker_container(std::string(100'000, '[')));
}

TEST(PodmansList, TellsEachContainer)
{
    const auto containers = read_podman_containers(
        R"([{"id":"ab","names":["mx"],"metadata":"{\"image-name\":\"docker.io/boky/postfix:latest\"}"},
            {"id":"../x","names":["evil"]}, 5, {"id":"cd"}])",
        "/s");
    EXPECT_THAT(containers,
                ElementsAre(Container{"mx", "docker.io/boky/postfix:latest", "",
                                      "/s/overlay-containers/ab/userdata/ctr.log"},
                            Container{"", "", "", "/s/overlay-containers/cd/userdata/ctr.log"}));
    EXPECT_THAT(read_podman_containers("{", "/s"), IsEmpty());
}

TEST(AKubernetesName, TellsPodAndContainer)
{
    const std::string id(64, 'a');
    const auto container = read_kubernetes_name("mail-0_prod_dovecot-" + id + ".log");
    ASSERT_TRUE(container);
    EXPECT_EQ(*container, (Container{"mail-0", "", "dovecot", ""}));
    for (const auto& name : {"mail-0_prod-" + id + ".log", "a_b_c-" + id,
                             std::string("a_b_c-1.log"), std::string(), "a_b_c" + id + ".log"})
        EXPECT_FALSE(read_kubernetes_name(name)) << name;
}

TEST(DockersData, MayHaveBeenMoved)
{
    EXPECT_EQ(docker_data_root(R"({"data-root":"/srv/docker"})"), "/srv/docker");
    for (const auto* const text : {"", "{}", "[]", R"({"data-root":"srv"})", R"({"data-root":1})"})
        EXPECT_EQ(docker_data_root(text), "") << text;
}

}  // namespace
}  // namespace mailban::containers_test
