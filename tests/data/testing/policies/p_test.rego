package p_test

import data.p

test_ok if p.allow with input as {"method": "POST", "path": "/abc"}

test_fail if {
	x := p.f(3)
	x == 2
}

test_bad if { print("hello", input.x)
 not p.deny["foo"] with input as {"xs": [{"y": "ab", "z": 2}]}
 p.deny == set() with input as {"xs": [{"y": "ab", "z": 2}]} }

todo_test_x if false


test_cases[name] if {
	some name, tc in {"one": {"a": 1, "e": 2}, "two": {"a": 3, "e": 2}}
	p.f(tc.a) == tc.e
}
test_nested[name][k] if {
	some name, tc in {"one": {"a": 1, "e": 2}, "two": {"a": 3, "e": 2}}
	some k, v in tc
	p.f(v) == 2
}
test_dup if false
test_dup if true
test_conflict if { c := conf(1); c }
conf(x) := 1
conf(x) := 2 
test_num := 3
