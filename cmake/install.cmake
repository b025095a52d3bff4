# What `cmake --install` lays down. The units name the programs by their full path, and --prefix may
# differ from the one given when configuring; so the units are written while installing.
set(MAILBAN_CONFIG_DIR /etc/mailban CACHE PATH "Where the program looks for mailban.yaml")
set(MAILBAN_ZSH_DIR share/zsh/site-functions CACHE STRING "Where zsh looks for completions of packages")
set(MAILBAN_UNIT_DIR lib/systemd/system CACHE STRING "Where systemd looks for units; relative to the prefix or absolute")

install(TARGETS mailban RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(TARGETS mailban-ufw RUNTIME DESTINATION ${CMAKE_INSTALL_LIBEXECDIR})
# As in the source, so that the pages' links to one another work.
install(FILES LICENSE README.md CHANGELOG.md CONTRIBUTING.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs DESTINATION ${CMAKE_INSTALL_DOCDIR} FILES_MATCHING PATTERN "*.md")
install(FILES config/mailban.yaml systemd/containers.conf DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples)
install(DIRECTORY config/patterns DESTINATION ${CMAKE_INSTALL_DATADIR}/mailban FILES_MATCHING PATTERN "*.yaml")
install(DIRECTORY config/monitoring DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples)
install(DIRECTORY config/commands DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples USE_SOURCE_PERMISSIONS)
install(FILES systemd/mailban.sysusers DESTINATION lib/sysusers.d RENAME mailban.conf)
install(FILES systemd/mailban-ufw.socket DESTINATION ${MAILBAN_UNIT_DIR})
install(FILES systemd/mailban.catalog DESTINATION lib/systemd/catalog)
install(FILES systemd/49-mailban.rules DESTINATION share/polkit-1/rules.d)
install(DIRECTORY ${MAILBAN_MANUAL_DIR}/man1 ${MAILBAN_MANUAL_DIR}/man5 ${MAILBAN_MANUAL_DIR}/man7
        DESTINATION ${CMAKE_INSTALL_MANDIR})
install(FILES completions/mailban.bash DESTINATION share/bash-completion/completions RENAME mailban)
install(FILES completions/_mailban DESTINATION ${MAILBAN_ZSH_DIR})
install(FILES completions/mailban.fish DESTINATION share/fish/vendor_completions.d)

set(install_values "
    set(unit_dir \"${MAILBAN_UNIT_DIR}\")
    set(MAILBAN_BIN_DIR \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_BINDIR}\")
    set(MAILBAN_LIBEXEC_DIR \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_LIBEXECDIR}\")
    set(MAILBAN_CONFIG_FILE \"${MAILBAN_CONFIG_DIR}/mailban.yaml\")
    set(MAILBAN_DOC_DIR \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_DOCDIR}\")
    cmake_path(ABSOLUTE_PATH unit_dir BASE_DIRECTORY \"\${CMAKE_INSTALL_PREFIX}\")
    set(source \"${PROJECT_SOURCE_DIR}\")
    set(build \"${PROJECT_BINARY_DIR}\")
    set(configuration \"${MAILBAN_CONFIG_DIR}\")")
install(CODE "${install_values}")
install(CODE [[
    foreach(unit mailban mailban-ufw)
        configure_file("${source}/systemd/${unit}.service.in" "${build}/${unit}.service" @ONLY)
        file(INSTALL "${build}/${unit}.service" DESTINATION "${unit_dir}")
    endforeach()
    # An administrator's file is never overwritten.
    if(NOT EXISTS "$ENV{DESTDIR}${configuration}/mailban.yaml")
        file(INSTALL "${source}/config/mailban.yaml" DESTINATION "${configuration}")
    endif()
]])

# Removes what the last `cmake --install` of this build laid down; an edited configuration stays.
add_custom_target(uninstall
    COMMAND ${CMAKE_COMMAND} -DMANIFEST=${PROJECT_BINARY_DIR}/install_manifest.txt
            -DSHIPPED=${PROJECT_SOURCE_DIR}/config/mailban.yaml
            -DCONFIGURATION=${MAILBAN_CONFIG_DIR}/mailban.yaml
            -P ${PROJECT_SOURCE_DIR}/cmake/uninstall.cmake
    VERBATIM)
