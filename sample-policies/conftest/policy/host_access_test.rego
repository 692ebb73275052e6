package main_test

import data.main

test_host_pid_is_denied if {
	main.deny_host_pid == {"hostPID shares the node's processes"} with input as {"kind": "Pod", "spec": {"hostPID": true}}
}

test_privileged_is_denied[kind] if {
	some kind in ["containers", "initContainers", "ephemeralContainers"]
	count(main.violation_privileged) == 1 with input as {
		"kind": "Pod",
		"spec": {kind: [{"name": "a", "image": "web:1", "securityContext": {"privileged": true}}]},
	}
}

test_latest_is_remarked[image] if {
	some image, remarks in {"web": 1, "web:latest": 1, "web:1.2": 0, "example.com:5000/web": 1, "example.com/web:1": 0}
	count(main.warn_latest) == remarks with input as {"kind": "Pod", "spec": {"containers": [{"name": "a", "image": image}]}}
}

test_node_agents_are_excepted if {
	main.exception == {["host_pid", "privileged"]} with input as {"metadata": {"labels": {"role": "node-agent"}}}
}
