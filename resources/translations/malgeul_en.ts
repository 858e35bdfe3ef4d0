<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en" sourcelanguage="en">
<context>
    <name>SessionHeader</name>
    <message numerus="yes">
        <source>%n line(s)</source>
        <translation><numerusform>%n line</numerusform><numerusform>%n lines</numerusform></translation>
    </message>
</context>
<context>
    <name>KeywordPanel</name>
    <message numerus="yes">
        <source>%n keyword(s)</source>
        <translation><numerusform>%n keyword</numerusform><numerusform>%n keywords</numerusform></translation>
    </message>
</context>
<context>
    <name>ChipView</name>
    <message numerus="yes">
        <source>said %n time(s)</source>
        <translation><numerusform>said once</numerusform><numerusform>said %n times</numerusform></translation>
    </message>
</context>
</TS>
