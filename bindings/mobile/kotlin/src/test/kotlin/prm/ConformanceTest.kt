package prm

import com.fasterxml.jackson.databind.JsonNode
import com.fasterxml.jackson.databind.ObjectMapper
import java.io.File
import org.junit.jupiter.api.DynamicTest
import org.junit.jupiter.api.TestFactory
import prm.cases.check
import prm.cases.commission
import prm.cases.deal
import prm.cases.due
import prm.cases.fund
import prm.cases.only
import prm.cases.rebate
import prm.cases.rounding
import prm.cases.spiff
import prm.cases.standing

/** All conformance cases, replayed: the same answers as in Rust. */
class ConformanceTest {
    @TestFactory
    fun cases(): List<DynamicTest> {
        val files = File("../../../prm-core/tests/vectors").listFiles { file -> file.extension == "json" }!!.sorted()
        val cases = files.flatMap { ObjectMapper().readTree(it).toList() }
        check(cases.size >= 647) { "only ${cases.size} cases" }
        return cases.map { case -> DynamicTest.dynamicTest(case["id"].textValue()) { replay(case) } }
    }

    private fun replay(case: JsonNode) {
        case.only("id", "source", "status", "topic", "note", "given", "expect")
        val replay = when (val topic = case["topic"].textValue()) {
            "check" -> ::check
            "commission" -> ::commission
            "deal" -> ::deal
            "due" -> ::due
            "fund" -> ::fund
            "rebate" -> ::rebate
            "rounding" -> ::rounding
            "spiff" -> ::spiff
            "standing" -> ::standing
            else -> error("topic $topic is unknown")
        }
        replay(case["given"], case["expect"])
    }
}
