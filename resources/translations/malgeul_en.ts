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
<context>
    <name>Counted</name>
    <message numerus="yes">
        <source>%n page(s)</source>
        <translation><numerusform>%n page</numerusform><numerusform>%n pages</numerusform></translation>
    </message>
    <message numerus="yes">
        <source>%n passage(s)</source>
        <translation><numerusform>%n passage</numerusform><numerusform>%n passages</numerusform></translation>
    </message>
    <message numerus="yes">
        <source>about %n minute(s) left</source>
        <translation><numerusform>about %n minute left</numerusform><numerusform>about %n minutes left</numerusform></translation>
    </message>
    <message numerus="yes">
        <source>about %n hour(s) left</source>
        <translation><numerusform>about %n hour left</numerusform><numerusform>about %n hours left</numerusform></translation>
    </message>
</context>
<context>
    <name>DocumentsController</name>
    <message numerus="yes">
        <source>Remove %n document(s)?</source>
        <translation><numerusform>Remove %n document?</numerusform><numerusform>Remove %n documents?</numerusform></translation>
    </message>
</context>
<context>
    <name>DocumentsDesk</name>
    <message numerus="yes">
        <source>%n will be added as soon as documents can be used.</source>
        <translation><numerusform>%n will be added as soon as documents can be used.</numerusform><numerusform>%n will be added as soon as documents can be used.</numerusform></translation>
    </message>
    <message numerus="yes">
        <source>%n added to your documents.</source>
        <translation><numerusform>%n added to your documents.</numerusform><numerusform>%n added to your documents.</numerusform></translation>
    </message>
</context>
<context>
    <name>DocumentsPage</name>
    <message numerus="yes">
        <source>%n document(s)</source>
        <translation><numerusform>%n document</numerusform><numerusform>%n documents</numerusform></translation>
    </message>
</context>
<context>
    <name>IngestBar</name>
    <message numerus="yes">
        <source>%n failed</source>
        <translation><numerusform>%n failed</numerusform><numerusform>%n failed</numerusform></translation>
    </message>
</context>
<context>
    <name>AnswersPanel</name>
    <message numerus="yes">
        <source>Answers from %n document(s)</source>
        <translation><numerusform>Answers from %n document</numerusform><numerusform>Answers from %n documents</numerusform></translation>
    </message>
</context>
<context>
    <name>MirrorCard</name>
    <message numerus="yes">
        <source>On. %n browser(s) look at it now.</source>
        <translation><numerusform>On. %n browser looks at it now.</numerusform><numerusform>On. %n browsers look at it now.</numerusform></translation>
    </message>
</context>
<context>
    <name>Banner</name>
    <message numerus="yes">
        <source>%n more notice(s)</source>
        <translation><numerusform>%n more notice</numerusform><numerusform>%n more notices</numerusform></translation>
    </message>
</context>
</TS>
