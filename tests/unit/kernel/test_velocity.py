"""The template language: what Apache Velocity 1.7 gives for the same templates."""

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serein.kernel.velocity import ArrayList, TemplateFailed, VelocityError, java_lists, parse_template, text_of
from serein.kernel.velocity.methods import METHODS
from serein.kernel.velocity.template import Template

VARIABLES: dict[str, Any] = {
    "x": "X",
    "n": 5,
    "l": [1, 2, 3],
    "m": {"a": 1, "b": "t", "c": None},
    "d": 1.5,
    "t": True,
    "f": False,
    "e": "",
    "s": "a,b,,c,,",
    "nu": None,
}
REFERENCES = [
    ("$x ${x} $!x $!{x} $x$x ${x}a $x.a $x/$x", "X X X X XX Xa $x.a X/X"),
    ("$q ${q} $!q $!{q} $q.y.z(1) $!q.y ${q.y} $!{q.y(1)}", "$q ${q}   $q.y.z(1)  ${q.y} "),
    ("$x. $x.. $x.1 $x- $x-y $x_y ${x}_y", "X. X.. X.1 $x- $x-y $x_y X_y"),
    ("$$x $5 $ x $. $1x $_x $-x", "$X $5 $ x $. $1x $_x $-x"),
    ('$l[0] $l[-1] $m["a"] $m[\'a\'] $m.a $m.get("a") $l.get(0)', "1 3 1 1 1 1 1"),
    ("$m.c $!m.c $m.zz $m.get('zz')", "$m.c  $m.zz $m.get('zz')"),
    ("$m $l $d $t $f", "{a=1, b=t, c=null} [1,2,3] 1.5 true false"),
    ('$m.put("z",1) $!m.put("z",2) $l.add(4) $l', '$m.put("z",1) 1 true [1,2,3,4]'),
    (r"\$x \$q \\$x \\$q \\\$x \\\\$x", r"$x \$q \X \\$q \$x \\X"),
    (r"\#if($t) \#set($a=1) \#foo \\#if($t)A#end", r"#if(true) #set($a=1) \#foo \A"),
    ("x #x #5 #( #a(b) #a #foo($x) #return($x)", "x #x #5 #( #a(b) #a #foo($x) #return($x)"),
    ("x #[[ $x #if ]]# y #* $x *#z", "x  $x #if  y z"),
    ("x#*c*#", "x"),
    ("$x##c\n${m.a}##c\n$m.size()##c\n$m.a##c\n$m.a ##c", "X131##c\n1 "),
    ("x#[[$x]]#", "x$x"),
    ("#endtext #elsetext", "#endtext #elsetext"),
    ("$#if($t)a#end$#*c*#", "a"),
]
SETTING = [
    ("#set($a = 5 / 2)$a #set($a=-5/2)$a #set($a=-5%3)$a #set($a=5.0/2)$a", "2-2-22.5"),
    ("#set($a=2147483647+1)$a #set($a=99999999999)$a #set($a=1e3)$a", "2147483648999999999991000.0"),
    ("#set($a=10.0/3)$a #set($a=1.0E10)$a #set($a=0.0001)$a", "3.33333333333333351.0E101.0E-4"),
    ("#set($a = 1/0)$a #set($a = 5 % 0)$a #set($b = $nu)$b", "$a$a$b"),
    ('#set($a = "a"+1)$a #set($a = 1+"a")$a #set($a=1+$q)$a #set($a="a"+$q)$a', "a11a1aa$q"),
    ('#set($a = "$x b")$a #set($a=\'$x b\')$a #set($a="$q #if($t)y#end")$a', "X b$x b$q y"),
    ("#set($a=[1..3])$a #set($a=[3..1])$a #set($a=[])$a #set($a={})$a $a.size()", "[1, 2, 3][3, 2, 1][]{} 0"),
    ("#set($h = {'a':'b', \"c\" : [2]})$h.a $h.c $h", "b [2] {a=b, c=[2]}"),
    ('#set($a = "say ""hi""")$a #set($a = \'it\'\'s\')$a', 'say "hi"it\'s'),
    (r"""#set($a="a\nb\\c\td")$a""", r"a\nb\\c\td"),
    ("#set($x=$q)$x #set($x.y=1)$x", "XX"),
    ('#set($m.a = 7)$m.a #set($m.new=1)$m #set($m["k"]=2)$m["k"]', "7{a=7, b=t, c=null, new=1}2"),
    ("#set($l[0]=9)$l", "[9,2,3]"),
    ("#set($a = ($n + 1) * 2)$a #set($a=1+2*3)$a #set($a=$l.size() + 1)$a", "1274"),
    ("#set($a=3 > 2)$a #set($a=!$t)$a #set($a=$t && $q)$a #set($a = $q || $t)$a", "truefalsefalsetrue"),
]
CONDITIONS = [
    ("#if($q)1#end#if(!$q)2#end#if($e)3#end#if($f)4#end#if($nu)5#end#if($n)6#end", "236"),
    ('#if($n==5)1#end#if($n=="5")2#end#if("5"==$n)3#end#if($n==5.0)4#end#if($x==\'X\')5#end', "12345"),
    ("#if($q==$z)1#end#if($n!=$q)2#end#if($l==[1,2,3])3#end#if($m=={'a':1})4#end", "123"),
    ('#if($n>3 && $n<10)1#end#if($n gt 3 and not($n lt 2))2#end#if("a"<"b")3#end', "12"),
    ("#if($f)a#elseif($n eq 5)b#else c#end", "b"),
    ("#if ($f)a#{else}b#{end}", "b"),
]
LOOPS = [
    (
        "#foreach($i in $l)$foreach.index$foreach.count$foreach.hasNext$velocityCount$foreach.first$foreach.last,#end",
        "01true1truefalse,12true2falsefalse,23false3falsetrue,",
    ),
    ("#foreach($i in $l)#if($i==2)#break#end$i#end z", "1 z"),
    ("#foreach($i in $m)$i,#end", "1,t,$i,"),
    ("#foreach($i in $m.keySet())$i,#end#foreach($i in $m.entrySet())$i.key=$!i.value,#end", "a,b,c,a=1,b=t,c=,"),
    ("#foreach($i in $q)a#end#foreach($i in $x)a#end#foreach($i in [])a#end", ""),
    ("#foreach($i in $l)#foreach($j in [1])$foreach.parent.index$foreach.topmost.count,#end#end", "01,12,23,"),
    ("#foreach($i in $l)#stop b#end c", ""),
    ("a#stop b", "a"),
    ("#foreach($i in [1..3])$i#if($foreach.hasNext),#end#end", "1,2,3"),
]
MACROS = [
    ('#macro(foo $a $b)[$a $b]#end#foo(1 2) #foo("a" $q) #foo($x) #foo(1,2)', "[1 2] [a $q] [X $b] [1 2]"),
    ("#macro(w)<$bodyContent>#end#@w()a$x#end#w()", "<aX><$bodyContent>"),
    ('#define($b)hi $x#end$b #set($x="Y")$b', "hi Xhi Y"),
    ('#evaluate("a $x")', "a X"),
]
WHITE_SPACE = [
    ("  #set($a=1)  |a", "  |a"),
    ("a #set($a=1)  \n  b", "a   b"),
    ("x\n  #set($a=1)\n  y", "x\n    y"),
    ("$x  #set($a=1)b", "Xb"),
    ("a##\n  #set($a=1)b", "ab"),
    ("#[[a]]#  #set($a=1)b", "ab"),
    ("#macro(k $z)\n  #set($a=1)b\n#end\n#k(1)\n c", "b\n c"),
    ("#evaluate('x')\n y", "x y"),
    ("#set($a=1)\n  #set($a=1)b", "b"),
    ("x\n  #if($t)  \n  y\n  #end  \n z", "x\n    y\n   z"),
    ("x #if($t) y #else z #end w", "x  y  w"),
    ("#if($f)\nA\n  #else  \n  B\n#end\nE", "  B\nE"),
    ("x\n  #foreach($i in $l)\n  $i\n  #end\n y", "x\n    1\n    2\n    3\n   y"),
    ("x\n  ## c \n y", "x\n   y"),
    ("x\n  #* c *#  \n y", "x\n    \n y"),
    ("#set ( $a = 'b' )\r\n\r\n$a", "\r\nb"),
]
CALLS = [
    ("$x.length() $x.length $x.foo() $x.toLowerCase() $x.concat('a') $x.hashCode()", "1 $x.length $x.foo() x Xa 88"),
    ('$s.split(",").size()$s.split(",")[0]#foreach($i in $s.split(","))[$i]#end', "4a[a][b][][c]"),
    ("$s.indexOf('b') $s.substring(2) $s.substring(0,1) $s.contains('b,') $s.startsWith('a')", "2 b,,c,, a true true"),
    (r"$s.replaceAll('(\w),', '<$1>') $s.replace(',', ';') $s.matches('[a-c,]+')", "<a><b>,<c>, a;b;;c;; true"),
    (r"$s.replaceAll('\p{Alpha}', '\\') $x.equals('X') $x.isEmpty() $e.isEmpty()", r"\,\,,\,, true false true"),
    ("$l.size() $l.isEmpty() $l.contains(2) $l.indexOf(3) $l.remove(0) $l", "3 false true 2 1 [2,3]"),
    (
        "$m.size() $m.containsKey('a') $m.keySet() $m.values() $m.entrySet()",
        "3 true [a, b, c] [1, t, null] [a=1, b=t, c=null]",
    ),
    ("$!m.remove('a') $!m.putAll({'z':1}) $m", "1  {b=t, c=null, z=1}"),
    ("$n.toString() $d.intValue() $n.compareTo(3) $n.equals(5) $t.toString()", "5 1 1 true true"),
    ("$x.class $x.getClass() $m.class $l.append(1)", "$x.class $x.getClass() $m.class $l.append(1)"),
]


def rendered(source: str) -> str:
    return parse_template(source).render(copy.deepcopy(VARIABLES))


@pytest.mark.parametrize(
    ("source", "expected"),
    [*REFERENCES, *SETTING, *CONDITIONS, *LOOPS, *MACROS, *WHITE_SPACE, *CALLS],
)
def test_a_template_gives_what_velocity_gives(source: str, expected: str) -> None:
    assert rendered(source) == expected


@pytest.mark.parametrize(
    "source",
    [
        "#if($t)a",
        "#end",
        "a #else b",
        "#if a",
        "#set($a",
        "#set($a = null)",
        "#set($a = 3-1)",
        "#set($a = - 1)",
        '#set($a = "a\\"b")',
        "#if($x == )a#end",
        "#foreach($i of $l)a#end",
        "#set($x.foo() = 1)",
        "$x[0",
        '$x["a"',
        "${x|'d'}",
        "#* open",
        "a #",
        "a $",
    ],
)
def test_what_velocity_cannot_parse_is_refused(source: str) -> None:
    with pytest.raises(VelocityError, match="Encountered"):
        rendered(source)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("$l[5]", "Index 5 out of bounds for length 3"),
        ("#set($l[-4] = 1)", "Index -4 out of bounds for length 3"),
        ("#set($m[$l] = 1)", "A map's key"),
        ("$l.get(3)", "Index 3 out of bounds"),
        ("$x.substring(9)", "'substring' threw an exception: begin 9, end 1, length 1"),
        ("$x.replaceAll('X','$1')", "No group 1"),
        ("$x.matches('[')", "regular expression"),
        ('#parse("x")', "Unable to find resource 'x'"),
        ('#include("x")', "Unable to find resource 'x'"),
    ],
)
def test_what_throws_in_velocity_fails(source: str, message: str) -> None:
    with pytest.raises(TemplateFailed, match=message.replace("(", r"\(")):
        rendered(source)


@pytest.mark.parametrize(
    "source",
    [
        "#macro(a)#a()#end#a()",
        "#set($a = '#evaluate($a)')#evaluate($a)",
        "#define($a)$a#end$a",
        "#set($a='x')#foreach($i in [1..999])#set($a=$a+$a)#end",
        '#set($a="x")#foreach($i in [1..999])#set($a="$a$a")#end',
        "#foreach($i in [1..999])#foreach($j in [1..999])#set($k=1)#end#end",
        "#foreach($i in [1..900])#foreach($j in [1..100])$s.repeat(99)$s.repeat(99)#end#end",
        "#foreach($i in [1..999])$!l.addAll($l)#end",
        "#set($a=[1])#foreach($i in [1..999])#set($a=[$a,$a])#end$a",
        "#set($a=[1])#set($b=[1])#foreach($i in [1..999])#set($a=[$a,$a])#set($b=[$b,$b])#end#if($a==$b)#end",
        "$!l.add($l)$l",
        "$!m.put('m',$m)$m",
        "#set($a=9)#foreach($i in [1..999])#set($a=$a*$a)#end",
        "#set($a=[0..99999999999])",
        "$x.repeat(99999999999)",
        "#set($a=$x.repeat(9000000))" + "$a" * 100,
    ],
)
def test_a_template_that_grows_without_end_fails(source: str) -> None:
    with pytest.raises(TemplateFailed):
        rendered(source)


@pytest.mark.parametrize("source", ["(" * 5000, "[" * 5000, "!" * 5000, '"$a["' * 200])
def test_deep_nesting_is_refused(source: str) -> None:
    with pytest.raises(VelocityError):
        rendered(f"#set($a = {source}")
    with pytest.raises(VelocityError):
        rendered("#if($t)" * 5000)


def test_a_loop_is_left_from_inside_of_an_evaluated_text_as_often_as_wanted() -> None:
    assert rendered("#foreach($i in [1..100])#foreach($j in [1..9])#evaluate('$j#break')#end#end") == "1" * 100


def test_a_loop_ends_after_a_thousand_rounds() -> None:
    assert rendered("#foreach($i in [1..5000])x#end") == "x" * 1000


def test_return_ends_a_template_with_a_value_where_a_service_has_it() -> None:
    text, end = parse_template("a#if($n == 5)#return($m)#end b", has_return=True).run(copy.deepcopy(VARIABLES))
    assert text == "a"
    assert end is not None
    assert end.is_return
    assert end.value == VARIABLES["m"]


def test_lists_print_in_javas_way_where_a_service_wants_it() -> None:
    value = java_lists({"a": ["x", {"b": [1.0, None, True]}]})
    assert isinstance(value["a"], ArrayList)
    assert text_of(value) == "{a=[x, {b=[1.0, null, true]}]}"
    assert text_of({"a": ["x", {"b": [1, None]}]}) == '{a=["x",{"b":[1,null]}]}'


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.1, "0.1"),
        (100.0, "100.0"),
        (10000000.0, "1.0E7"),
        (12345678.5, "1.23456785E7"),
        (0.001, "0.001"),
        (0.00095, "9.5E-4"),
        (1e300, "1.0E300"),
        (-2.5e20, "-2.5E20"),
        (0.0, "0.0"),
        (1.5e-07, "1.5E-7"),
        (float("inf"), "Infinity"),
    ],
)
def test_a_double_prints_as_in_java(value: float, expected: str) -> None:
    assert text_of(value) == expected


FRAGMENTS = st.sampled_from(
    [
        "#if(",
        "#else",
        "#elseif(",
        "#end",
        "#foreach(",
        "#set(",
        "#macro(m",
        "#m(",
        "#@m(",
        "#define(",
        "#evaluate(",
        "#stop",
        "#break",
        "#{",
        "#[[",
        "]]#",
        "#*",
        "*#",
        "##",
        "#",
        "$",
        "$!",
        "${",
        "$x",
        "$l",
        "$m",
        ".a",
        ".size()",
        ".get(0)",
        "[",
        "]",
        "(",
        ")",
        "{",
        "}",
        '"',
        "'",
        "\\",
        ",",
        ":",
        "..",
        "in",
        "==",
        "&&",
        "||",
        "!",
        "+",
        "-",
        "*",
        "/",
        "%",
        "1",
        "1.5",
        "true",
        "a",
        " ",
        "\n",
        "é",
        "$i in $l)",
        "$t)",
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(FRAGMENTS, max_size=25).map("".join))
def test_any_text_is_rendered_or_refused(source: str) -> None:
    try:
        assert isinstance(rendered(source), str)
    except VelocityError as error:
        assert str(error)


VALUES = st.sampled_from(["$x", "$n", "$l", "$m", "$d", "$t", "$q", "1", "-1", "'a'", "[]", "{}", "[1,$l]", "true"])
NAMES = st.sampled_from(sorted({name for methods in METHODS.values() for name in methods}))


@settings(max_examples=300, deadline=None)
@given(VALUES, NAMES, st.lists(VALUES, max_size=3), st.sampled_from(["+", "-", "*", "/", "%", "==", "<", "&&"]))
def test_any_method_with_any_arguments_gives_a_value_or_fails(
    value: str, name: str, arguments: list[str], operator: str
) -> None:
    call = f"$v.{name}({','.join(arguments)})"
    for use in (f"$m[{value}]{call}", f"#set($m[{value}]={call})$m", f"#set($l[{value}]={call})$l", call):
        try:
            assert isinstance(rendered(f"#set($v={value}){use}#set($z=$v {operator} {value})$z"), str)
        except VelocityError as error:
            assert str(error)


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet=st.characters(exclude_characters="$#\\")))
def test_text_without_velocity_stays_as_it_is(source: str) -> None:
    template = parse_template(source)
    assert isinstance(template, Template)
    assert template.render({}) == source
